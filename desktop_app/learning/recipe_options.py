"""The values that choices of a recipe may have, as people read them; data only."""

from __future__ import annotations

from desktop_app.learning.choices import Option

PRESETS = (
    Option("quick", "Quick", "Learns from what a ready-made network already sees. Good for a first look."),
    Option(
        "balanced",
        "Balanced",
        "Quick first, then fine-tunes the network to your parts. Kept only if it is better.",
    ),
    Option(
        "thorough",
        "Thorough",
        "Like Balanced, with more variation; how much of the network to fine-tune, and how fast, is tried on three "
        "different splits. For the final model.",
    ),
    Option(
        "article",
        "Article",
        "The textbook's way, to compare with: ResNet-50 as it is, a hidden layer of 1,024 units on its plain features, "
        "Adam, ten epochs.",
    ),
)
FITS = (
    Option("pad", "Pad", "The whole picture, with a grey border where it is narrow."),
    Option("squash", "Squash", "The whole picture, stretched to a square."),
    Option("crop", "Crop", "The middle of the picture; its ends are cut off."),
)
TURNS = (
    Option("none", "No", "Up is always up."),
    Option("slightly", "Slightly", "By up to 15 degrees to each side."),
    Option("quarters", "By quarters", "By 90, 180 or 270 degrees."),
    Option("any", "Any way", "Parts lie as they fall."),
)
FLIPS = (
    Option("none", "No"),
    Option("horizontal", "Left and right"),
    Option("both", "Also upside down"),
)
HEADS = (
    Option("automatic", "Automatic", "By prototypes where a class has at most 5 pictures, linear otherwise."),
    Option("linear", "Linear", "A weighted sum for each class."),
    Option("hidden", "With a hidden layer", "Dense, ReLU, dropout, then linear: for many pictures."),
    Option("prototype", "Nearest prototype", "Which class's mean is nearest? For 1–5 pictures a class."),
)
IMBALANCES = (
    Option("automatic", "Automatic", "Tried by cross-validation where a class has three times another's."),
    Option("none", "Nothing", "Each picture counts the same; rare classes are missed more often."),
    Option("weights", "Weights", "A picture counts the more, the fewer its class has."),
    Option("resampling", "Resampling", "Pictures of rare classes are shown more often."),
    Option("logits", "Logit adjustment", "A rare class must win by more while learning (Menon et al. 2021)."),
)
PENALTIES = (
    Option("l2", "Weight decay (L2)", "Weights stay near zero."),
    Option("l2_sp", "L2-SP", "Fine-tuned weights stay near the pretrained ones (Xuhong et al. 2018)."),
    Option("none", "None"),
)
MEASURES = (
    Option("accuracy", "Most pictures right"),
    Option("balanced_accuracy", "Best balanced accuracy", "Every class counts the same."),
    Option("macro_f1", "Best macro-F1", "The mean over classes of how many are found, and called rightly."),
    Option("loss", "Lowest loss", "Counts how sure the model is, too."),
)
PRECISIONS = (
    Option("automatic", "Automatic", "Mixed on graphics cards that are made for it, full elsewhere."),
    Option("full", "Full", "32 bits everywhere."),
    Option("mixed", "Mixed", "16 bits where they are enough."),
)
