import numpy as np
import pytest

from desktop_app.learning import tensors


def example() -> tuple[dict[str, np.ndarray], dict[str, object]]:
    rng = np.random.default_rng(0)
    values = {"a.weight": rng.standard_normal((3, 4), np.float32), "b": np.zeros(0, np.float32), "count": np.array(3)}
    return values, {"format": 1, "name": "Ünïcode", "loss": 0.1}


def test_round_trip():
    values, document = example()
    again, same = tensors.unpack(tensors.pack(values, document))
    assert same == document
    assert again.keys() == values.keys()
    for name, value in values.items():
        np.testing.assert_array_equal(again[name], value)
        assert again[name].shape == value.shape


def test_equal_tensors_give_equal_files():
    assert len({tensors.pack(*example()) for _ in range(20)}) == 1


def test_transposed_tensors_keep_their_values():
    value = np.arange(6, dtype=np.float32).reshape(2, 3).T
    again, _ = tensors.unpack(tensors.pack({"t": value}, {}))
    np.testing.assert_array_equal(again["t"], value)


def test_notices_every_flipped_byte():
    data = tensors.pack(*example())
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 0x11
        with pytest.raises(ValueError, match=r"damaged|not a tensor file"):
            tensors.unpack(bytes(damaged))


def test_notices_every_truncation():
    data = tensors.pack(*example())
    for length in range(len(data)):
        with pytest.raises(ValueError, match=r"damaged|not a tensor file"):
            tensors.unpack(data[:length])


def test_refuses_a_plain_safetensors_file():
    import safetensors.numpy

    with pytest.raises(ValueError, match="not a tensor file of ours"):
        tensors.unpack(safetensors.numpy.save({"a": np.zeros(2, np.float32)}))
