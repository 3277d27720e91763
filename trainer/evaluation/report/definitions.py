"""What each figure is, and where it is from."""

from __future__ import annotations

from typing import NamedTuple


class Definition(NamedTuple):
    """`source` is empty where a figure needs none."""

    words: str
    source: str = ""


DEFINITIONS: dict[str, Definition] = {
    "age_mae": Definition("Mean of the absolute differences of predicted and true age."),
    "age_rmse": Definition(
        "Root of the mean squared difference: large errors count more than in the MAE."
    ),
    "age_median_error": Definition("Half of the faces have a smaller absolute error than this."),
    "age_bias": Definition(
        "Mean of predicted less true age: above 0 the faces are thought too old. Neither direction "
        "is better; near 0 is."
    ),
    "age_r2": Definition(
        "1 less the squared errors over those of always saying the mean age of these faces. Not "
        "comparable between groups of different spread, and below 0 in a narrow age band for any "
        "model.",
    ),
    "age_cs3": Definition(
        "Share of faces with an absolute error of at most 3 years (cumulative score).",
        "Geng, Zhou and Smith-Miles 2007, IEEE TPAMI 29:2234",
    ),
    "age_cs5": Definition("The same of at most 5 years.", "as before"),
    "age_cs10": Definition("The same of at most 10 years.", "as before"),
    "group_accuracy": Definition(
        "Where the data set gives ranges of ages: share of faces whose predicted age falls into "
        "the range. Undefined where it gives a single one: no age is outside it.",
        "Eidinger, Enbar and Hassner 2014, IEEE TIFS 9:2170",
    ),
    "one_off_accuracy": Definition(
        "The same, or into a neighbouring range. Undefined where there are fewer than three.",
        "as before",
    ),
    "gender_accuracy": Definition(
        "Share of faces for which the likelier gender is the data set's label."
    ),
    "gender_balanced_accuracy": Definition(
        "Mean of the two shares among the faces of either label, so that a set with more of one "
        "gender does not flatter.",
        "Brodersen et al. 2010, ICPR",
    ),
    "gender_f1": Definition(
        "Of label 1: twice its hits over twice its hits and both kinds of errors.",
        "van Rijsbergen 1979",
    ),
    "gender_auc": Definition(
        "Chance that a face of label 1 is given a higher probability than one of label 0: 0.5 by "
        "guessing.",
        "Hanley and McNeil 1982, Radiology 143:29",
    ),
    "gender_log_loss": Definition(
        "Mean negative logarithm of the probability given to the label: 0.693 for saying 50 % "
        "always."
    ),
    "gender_ece": Definition(
        "Expected calibration error: how far the certainty of the model lies from how often it is "
        "right, over 15 bins of certainty, weighed by their faces. Above 0 by chance even in a "
        "perfectly calibrated model, the more so the fewer faces.",
        "Guo et al. 2017, arXiv:1706.04599",
    ),
    "gender_brier": Definition(
        "Mean squared difference of the probability of label 1 and the label.",
        "Brier 1950, Monthly Weather Review 78:1",
    ),
}

# Paragraphs: of one model's figures, of differences.
INTERVALS = (
    "Intervals are of 95 %, from 2,000 bootstrap resamples of the faces (Efron 1979, Annals of "
    "Statistics 7:1), for a model's figures corrected for bias and skewness (BCa; Efron 1987, "
    "JASA 82:171): they say how much a figure depends on which faces were drawn, not on the seed "
    "of training or on how the labels were made. That of the calibration error, which is larger in "
    "a resample than in its sample, is mirrored at the figure (the basic bootstrap; Davison and "
    "Hinkley 1997). That of a share on which all faces agree is the exact binomial one (Clopper "
    "and Pearson 1934, Biometrika 26:404); other figures have none where all resamples agree. Of "
    "fewer than 10 faces there is no interval; for balanced accuracy and AUC the faces of the "
    "rarer label are counted, for F1 those of label 1.",
    "For differences both models are resampled on the same faces, and the interval is that of the "
    "percentiles. Where fewer than 20 faces are told differently by the two, that of a share is of "
    "Agresti and Min (2005, Statistics in Medicine 24:729), and balanced accuracy and F1 have "
    "none; other differences have none where they come from fewer than 10 faces, by the effective "
    "number of faces (Kish 1965, Survey Sampling). One model is called better only where the "
    "interval of the difference leaves 0 out. “No difference shown” does not mean that there is "
    "none. The intervals are not widened for the number of figures and groups looked at: of twenty "
    "comparisons of equal models, one is expected to show a difference by chance.",
)
CHOSEN_EPOCH = (
    "On its own validation part a model looks a little better than it is: its best epoch was "
    "chosen on these faces."
)
USE = (
    "“Gender” here is the two-valued label that a data set gives a face, and "
    "“race”, where there is one, its annotators' code: neither is a fact about a "
    "person. Ages are estimates, of the model and often of the data set itself. The figures hold "
    "for faces made and chosen like these, and no model here is fit to decide anything about "
    "anyone."
)
FACES = (
    "These are faces of the data set. UTKFace, where they are of it, is for non-commercial "
    "research only: do not publish this page or pass it on to others with the faces in it; "
    "the same report can be made without them."
)
