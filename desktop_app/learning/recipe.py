"""Every choice of one training run, without torch: the window's form, the command line and run.json share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from desktop_app.errors import DataError
from desktop_app.features.preprocessing import Fit
from desktop_app.learning import choices, recipe_formats
from desktop_app.learning import recipe_options as options
from desktop_app.learning.backbones import BACKBONES
from desktop_app.learning.choices import Choice, Option, Section, choice

RecipeName = Literal["quick", "balanced", "thorough", "article"]
Flip = Literal["none", "horizontal", "both"]
Rotate = Literal["none", "slightly", "quarters", "any"]
HeadKind = Literal["automatic", "linear", "hidden", "prototype"]
Imbalance = Literal["automatic", "none", "weights", "resampling", "logits"]
Regularisation = Literal["none", "l2", "l2_sp"]
Measure = Literal["accuracy", "loss", "macro_f1", "balanced_accuracy"]
Precision = Literal["automatic", "full", "mixed"]

USUAL, AUTOMATIC = "usual", "automatic"  # of `first_stage`, beside the names of stages

_FINE_TUNING = {"fine_tune": (True,)}
_HIDDEN = {"head": ("hidden",)}


@dataclass(frozen=True, slots=True)
class Recipe:
    """Validated at birth. What each choice means is said by its `Choice`, see `CHOICES`."""

    name: RecipeName = choice(
        "balanced",
        Section.PRESET,
        "Recipe",
        "Where the other choices start from.",
        options=options.PRESETS,
        expert=False,
    )
    backbone: str = choice(
        "efficientnet_lite0",
        Section.NETWORK,
        "Network",
        "A larger network sees finer details and takes longer.",
        options=tuple(Option(backbone.name, backbone.title) for backbone in BACKBONES.values()),
        expert=False,
    )
    fit: Fit = choice(
        "pad",
        Section.NETWORK,
        "Pictures that are not square",
        "How they are fitted into the network's square.",
        options=options.FITS,
        expert=False,
    )
    views: int = choice(
        4,
        Section.VARIATION,
        "Varied views of each picture",
        "Fine-tuning learns from these, beside the picture itself. More take longer and need more memory.",
        low=0,
        high=32,
        needs=_FINE_TUNING,
    )
    rotate: Rotate = choice(
        "none",
        Section.VARIATION,
        "May parts appear rotated?",
        "Answer what can happen in use: the model then learns that it means nothing.",
        options=options.TURNS,
        expert=False,
        needs=_FINE_TUNING,
    )
    flip: Flip = choice(
        "horizontal",
        Section.VARIATION,
        "May parts appear mirrored?",
        "Answer no where left and right tell classes apart, like letters or left and right gloves.",
        options=options.FLIPS,
        expert=False,
        needs=_FINE_TUNING,
    )
    jitter: float = choice(
        0.2,
        Section.VARIATION,
        "May they be brighter or darker?",
        "How far brightness, contrast and colour vary to each side; 0 where shades tell classes apart.",
        low=0.0,
        high=1.0,
        expert=False,
        needs=_FINE_TUNING,
    )
    blur: bool = choice(
        False,
        Section.VARIATION,
        "May they be slightly blurred?",
        "Say no where fine details such as scratches tell classes apart.",
        expert=False,
        needs=_FINE_TUNING,
    )
    smallest_crop: float = choice(
        0.6,
        Section.VARIATION,
        "Smallest part shown",
        "A view shows at least this share of the picture's area. 1 where a defect may lie at the edge.",
        low=0.05,
        high=1.0,
        needs=_FINE_TUNING,
    )
    head: HeadKind = choice(
        "automatic",
        Section.HEAD,
        "Kind",
        "What decides by the features that the network sees.",
        options=options.HEADS,
    )
    hidden_units: int = choice(
        1024, Section.HEAD, "Units of the hidden layer", "More can learn more, and learn by heart.",
        low=1, high=8192, needs=_HIDDEN,
    )  # fmt: skip
    dropout: float = choice(
        0.0,
        Section.HEAD,
        "Dropout",
        "Share of the features that each step leaves out, so that none is relied on alone.",
        low=0.0,
        high=0.9,
    )
    label_smoothing: float = choice(
        0.1,
        Section.HEAD,
        "Label smoothing",
        "Share of the label that is spread over all classes: the model is less sure, and minds wrong labels less.",
        low=0.0,
        high=0.5,
    )
    head_epochs: int = choice(
        100,
        Section.HEAD,
        "Epochs of the freeze phase",
        "At most; it stops earlier when validation no longer improves.",
        low=1,
        high=10_000,
    )
    head_learning_rate: float = choice(
        1e-3, Section.HEAD, "Learning rate of the hidden layer", "Of Adam, which trains it.",
        low=1e-7, high=1.0, needs=_HIDDEN,
    )  # fmt: skip
    standardise: bool = choice(
        True,
        Section.HEAD,
        "Standardise the features",
        "Each gets mean 0 and spread 1 for the hidden layer, which learns better then, and takes that in afterwards.",
        needs=_HIDDEN,
    )
    imbalance: Imbalance = choice(
        "automatic",
        Section.BALANCE,
        "Rare classes",
        "What makes up for classes that have far fewer pictures than others.",
        options=options.IMBALANCES,
    )
    regularisation: Regularisation = choice(
        "l2",
        Section.REGULARISATION,
        "Penalty",
        "What λ multiplies: it keeps the model from learning pictures by heart.",
        options=options.PENALTIES,
    )
    strengths: tuple[float, ...] = choice(
        (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0),
        Section.REGULARISATION,
        "Values of λ to try",
        "Of the classifier, which minimises mean cross-entropy + λ/2 · ‖weights‖² on standardised embeddings. "
        "Cross-validation on the training pictures chooses among them.",
        low=1e-9,
        high=1e3,
        needs={"regularisation": ("l2", "l2_sp")},
    )
    folds: int = choice(
        5, Section.REGULARISATION, "Parts in cross-validation", "Each is predicted by a model of the others.",
        low=2, high=20,
    )  # fmt: skip
    weight_decay: float = choice(
        0.02,
        Section.REGULARISATION,
        "λ while fine-tuning",
        "How strongly weights are pulled in each step.",
        low=0.0,
        high=10.0,
        needs=_FINE_TUNING | {"regularisation": ("l2", "l2_sp")},
    )
    fine_tune: bool = choice(
        True,
        Section.FINE_TUNING,
        "Fine-tune the network",
        "Its last stages learn, too; kept only if that is better on the validation pictures.",
    )
    first_stage: str = choice(
        USUAL,
        Section.FINE_TUNING,
        "From which stage on",
        "Earlier stages stay as they are. Starting earlier can learn more and takes longer.",
        needs=_FINE_TUNING,
    )
    epochs: int = choice(
        15, Section.FINE_TUNING, "Epochs", "How often each picture is seen while fine-tuning.",
        low=1, high=1_000, needs=_FINE_TUNING,
    )  # fmt: skip
    find_learning_rate: bool = choice(
        False,
        Section.FINE_TUNING,
        "Find the learning rate",
        "By raising it step by step until learning gets worse (Smith 2017); otherwise the one below is used.",
        needs=_FINE_TUNING,
    )
    try_rates: bool = choice(
        False,
        Section.FINE_TUNING,
        "Try other learning rates",
        "A third of the one below and three times it, in the same cross-validation that can choose the stage.",
        needs=_FINE_TUNING | {"find_learning_rate": (False,)},
    )
    learning_rate: float = choice(
        3e-4,
        Section.FINE_TUNING,
        "Highest learning rate",
        "How large steps are at most; they begin small, grow, and shrink along a cosine.",
        low=1e-7,
        high=1.0,
        needs=_FINE_TUNING | {"find_learning_rate": (False,)},
    )
    layer_decay: float = choice(
        1.0,
        Section.FINE_TUNING,
        "Learning rate from stage to stage",
        "Each earlier stage learns at this multiple of the next one's rate; 1 is the same for all.",
        low=0.1,
        high=1.0,
        needs=_FINE_TUNING,
    )
    warm_up: float = choice(
        0.25, Section.FINE_TUNING, "Warm-up", "Share of the steps in which the learning rate rises.",
        low=0.0, high=0.9, needs=_FINE_TUNING,
    )  # fmt: skip
    minutes: float = choice(
        0.0,
        Section.STOPPING,
        "Time budget",
        "Fine-tuning does as many epochs as fit into it, in place of the number above; 0 is no budget.",
        low=0.0,
        high=10_080.0,
        unit="min",
        expert=False,
        needs=_FINE_TUNING,
    )
    stop_on: Measure = choice(
        "accuracy",
        Section.STOPPING,
        "The best epoch has",
        "Of fine-tuning, on the validation pictures; its weights are kept. The freeze phase keeps the lowest loss.",
        options=options.MEASURES,
    )
    head_patience: int = choice(
        10,
        Section.STOPPING,
        "Patience of the freeze phase",
        "Epochs without improvement after which it stops; 0 is never.",
        low=0,
        high=10_000,
        unit="epochs",
    )
    patience: int = choice(
        0,
        Section.STOPPING,
        "Patience of fine-tuning",
        "Epochs without improvement after which it stops, once the learning rate is low; 0 is never.",
        low=0,
        high=1_000,
        unit="epochs",
        needs=_FINE_TUNING,
    )
    batch: int = choice(
        32,
        Section.COMPUTER,
        "Pictures in a step",
        "Where memory is short, steps are made of smaller parts; the result stays the same.",
        low=2,
        high=1_024,
    )
    memory_share: float = choice(
        0.25,
        Section.COMPUTER,
        "Share of the memory",
        "Of this computer's memory, for what fine-tuning learns from; what needs more is kept on the disk meanwhile.",
        low=0.01,
        high=0.8,
        needs=_FINE_TUNING,
    )
    precision: Precision = choice(
        "automatic",
        Section.COMPUTER,
        "Precision",
        "Half the digits are enough for most steps, and faster where the hardware has them.",
        options=options.PRECISIONS,
    )
    seed: int = choice(
        0,
        Section.COMPUTER,
        "Seed",
        "The same one gives the same model on the same computer.",
        low=0,
        high=2**31 - 1,
    )

    def __post_init__(self) -> None:
        if self.backbone not in BACKBONES:
            raise DataError(
                "There is no backbone called “{name}”.",
                hint="Choose one of: {names}.",
                name=self.backbone,
                names=", ".join(BACKBONES),
            )
        for name, about in CHOICES.items():
            allowed = stage_options(self.backbone) if name == "first_stage" else about.options
            choices.check(name, getattr(self, name), about, allowed)

    @property
    def tuned_stages(self) -> tuple[str, ...]:
        """The stages that fine-tuning changes, in order; those before them stay frozen.

        With "automatic", those that it changes where nothing can be tried.
        """
        backbone = BACKBONES[self.backbone]
        first = backbone.first_stage if self.first_stage in (USUAL, AUTOMATIC) else self.first_stage
        return backbone.stages[backbone.stages.index(first) :]

    @property
    def candidate_stages(self) -> tuple[str, ...]:
        """Where fine-tuning may begin: with "automatic" the usual stage and its neighbours, otherwise one."""
        stages = BACKBONES[self.backbone].trainable_stages
        usual = stages.index(self.tuned_stages[0])
        return stages[max(0, usual - 1) : usual + 2] if self.first_stage == AUTOMATIC else (stages[usual],)

    @property
    def last_frozen_stage(self) -> str:
        """The one whose output fine-tuning learns from; with "automatic", the one before all that are tried."""
        stages = BACKBONES[self.backbone].stages
        return stages[stages.index(self.candidate_stages[0]) - 1]

    def to_dict(self) -> dict[str, Any]:
        return {"format": recipe_formats.FORMAT} | asdict(self) | {"strengths": list(self.strengths)}

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Recipe:
        """The inverse of `to_dict`; what is missing has the preset's value.

        Raises:
            DataError: a name is unknown, or a value of another type or out of bounds.
        """
        given = recipe_formats.migrated(data, CHOICES)
        preset = preset_named(str(given.get("name", "balanced")))
        values: dict[str, Any] = {
            name: choices.typed(name, value, getattr(preset, name)) for name, value in given.items()
        }
        return replace(preset, **values)


#: Every field of a recipe in the order of the form, with what people are told about it.
CHOICES: dict[str, Choice] = {field.name: field.metadata["choice"] for field in fields(Recipe)}


def stage_options(backbone: str) -> tuple[Option, ...]:
    """What `first_stage` may be."""
    row = BACKBONES[backbone]
    return (
        Option(USUAL, "As usual", f"From {row.first_stage} on."),
        Option(AUTOMATIC, "Automatic", "Chosen by cross-validation, in which several are tried."),
        *(Option(stage, stage) for stage in row.trainable_stages),
    )


def in_words(name: str, value: object) -> str:
    """The value of a choice for people, in English: `in_words("flip", "none")` is "No"."""
    about = CHOICES[name]
    labels = {option.value: option.label for option in about.options}
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return ", ".join(f"{item:g}" for item in value)
    if isinstance(value, float):
        return f"{value:g} {about.unit}".rstrip()
    return f"{labels.get(str(value), value)} {about.unit}".rstrip()


# ---- presets

RECIPES: dict[str, Recipe] = {
    "quick": Recipe(name="quick", fine_tune=False),
    "balanced": Recipe(name="balanced"),
    "thorough": Recipe(name="thorough", views=8, epochs=25, first_stage=AUTOMATIC, try_rates=True, layer_decay=0.8),
    "article": Recipe(
        name="article",
        backbone="resnet50",
        head="hidden",
        hidden_units=1024,
        head_learning_rate=1e-4,
        head_epochs=10,
        head_patience=0,
        standardise=False,
        label_smoothing=0.0,
        imbalance="none",
        regularisation="none",
        fine_tune=False,
    ),
}


def preset_named(name: str) -> Recipe:
    """The preset of that name.

    Raises:
        DataError: there is none.
    """
    if name not in RECIPES:
        raise DataError(
            "There is no recipe called “{name}”.", hint="Choose one of: {names}.", name=name, names=", ".join(RECIPES)
        )
    return RECIPES[name]
