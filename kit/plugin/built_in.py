"""What ships with the kit, registered through the hooks that a stranger has. Strings only: nothing is loaded here."""

from __future__ import annotations

from pathlib import Path

from kit.errors import Problem, UsageError
from kit.plugin.spec import hookimpl

# In a wheel the content lies beside this package; in a checkout (or an editable install) it is the checkout's own.
_PACKAGE = Path(__file__).resolve().parents[1]
BUNDLED = _PACKAGE / "_bundled" if (_PACKAGE / "_bundled").is_dir() else _PACKAGE.parent
# Named, not listed from the folder: in a checkout the same folder holds the plugins that a student writes.
COMPETITIONS = (
    "acrobot",
    "bike-sharing",
    "breast-cancer",
    "cartpole",
    "chihuahua-muffin",
    "diabetes",
    "digits",
    "fashion-mnist",
    "frozen-lake",
    "iris",
    "labradoodle-friedchicken",
    "lunar-lander",
    "memes",
    "mnist",
    "mountain-car",
    "puppy-bagel",
    "sheepdog-mop",
    "sine",
    "titanic",
)
MODELS = (
    "activations",
    "approximator",
    "cnn",
    "cnn_fast",
    "constant",
    "dqn",
    "gym_agent",
    "logistic",
    "mlp",
    "my_cnn",
    "my_table",
    "ppo",
    "random_agent",
    "resnet",
    "trees",
)


@hookimpl
def register_competitions() -> dict[str, Path]:
    return {name: BUNDLED / "competitions" / name for name in COMPETITIONS}


@hookimpl
def register_models() -> dict[str, Path]:
    return {name: BUNDLED / "plugins" / name for name in MODELS}


@hookimpl
def register_metrics() -> dict[str, str]:
    return {
        "accuracy": "kit.metrics.accuracy:accuracy",
        "average_precision": "kit.metrics.average_precision:average_precision",
        "balanced_accuracy": "kit.metrics.balanced_accuracy:balanced_accuracy",
        "bits_per_byte": "kit.metrics.perplexity:bits_per_byte",
        "bits_per_char": "kit.metrics.perplexity:bits_per_char",
        "brier": "kit.metrics.brier:brier",
        "cer": "kit.metrics.edits:cer",
        "cohen_kappa": "kit.metrics.cohen_kappa:cohen_kappa",
        "crps": "kit.metrics.crps:crps",
        "dice": "kit.metrics.masks:dice",
        "episodic_return": "kit.metrics.episodic_return:episodic_return",
        "f1": "kit.metrics.f1:f1",
        "fbeta": "kit.metrics.fbeta:fbeta",
        "gini": "kit.metrics.gini:gini",
        "hamming": "kit.metrics.hamming:hamming",
        "hit_at_k": "kit.metrics.hit_at_k:hit_at_k",
        "iou": "kit.metrics.masks:iou",
        "jaccard": "kit.metrics.jaccard:jaccard",
        "kendall": "kit.metrics.kendall:kendall",
        "kl_divergence": "kit.metrics.kl_divergence:kl_divergence",
        "levenshtein": "kit.metrics.edits:levenshtein",
        "log_loss": "kit.metrics.log_loss:log_loss",
        "mae": "kit.metrics.mae:mae",
        "map_at_k": "kit.metrics.map_at_k:map_at_k",
        "mape": "kit.metrics.mape:mape",
        "mase": "kit.metrics.mase:mase",
        "mcc": "kit.metrics.mcc:mcc",
        "mcrmse": "kit.metrics.mcrmse:mcrmse",
        "mcrmsle": "kit.metrics.mcrmse:mcrmsle",
        "mean_f1": "kit.metrics.mean_f1:mean_f1",
        "mean_precision_iou": "kit.metrics.mean_precision_iou:mean_precision_iou",
        "medae": "kit.metrics.mae:medae",
        "mrr": "kit.metrics.mrr:mrr",
        "mse": "kit.metrics.rmse:mse",
        "ndcg_at_k": "kit.metrics.ndcg_at_k:ndcg_at_k",
        "normalised_gini": "kit.metrics.gini:normalised_gini",
        "pearson": "kit.metrics.pearson:pearson",
        "perplexity": "kit.metrics.perplexity:perplexity",
        "pinball": "kit.metrics.pinball:pinball",
        "poisson_deviance": "kit.metrics.tweedie_deviance:poisson_deviance",
        "quadratic_weighted_kappa": "kit.metrics.quadratic_weighted_kappa:quadratic_weighted_kappa",
        "r2": "kit.metrics.r2:r2",
        "recall_at_k": "kit.metrics.hit_at_k:recall_at_k",
        "rmse": "kit.metrics.rmse:rmse",
        "rmsle": "kit.metrics.rmsle:rmsle",
        "rmsse": "kit.metrics.mase:rmsse",
        "roc_auc": "kit.metrics.roc_auc:roc_auc",
        "smape": "kit.metrics.smape:smape",
        "spearman": "kit.metrics.spearman:spearman",
        "top_k_error": "kit.metrics.top_k_error:top_k_error",
        "tweedie_deviance": "kit.metrics.tweedie_deviance:tweedie_deviance",
        "wer": "kit.metrics.edits:wer",
        "wmae": "kit.metrics.wmae:wmae",
    }


@hookimpl
def register_sources() -> dict[str, str]:
    return {
        "csv": "kit.source.csv:load",
        "files": "kit.source.files:load",
        "folder": "kit.source.folder:load",
        "gymnasium": "kit.source.gymnasium:load",
        "sklearn": "kit.source.sklearn:load",
        "torchvision": "kit.source.torchvision:load",
    }


@hookimpl
def register_sandboxes() -> dict[str, str]:
    return {
        "bubblewrap": "kit.sandbox.bubblewrap:BubblewrapSandbox",
        "process": "kit.sandbox.process:ProcessSandbox",
        "template": "kit.sandbox.template:TemplateSandbox",
    }


@hookimpl
def register_executors() -> dict[str, str]:
    return {"local": "kit.executor.local:LocalExecutor"}


@hookimpl
def register_commands() -> dict[str, tuple[str, str]]:
    return {
        "competitions": ("kit.cli.competitions:command", "what you can enter"),
        "info": ("kit.cli.info:command", "data, metric and rules of a competition"),
        "data": ("kit.cli.data:command", "write a competition's public files"),
        "fetch": ("kit.cli.fetch:command", "get pretrained weights, see which are here"),
        "competition": ("kit.cli.competition:command", "try a competition of your own"),
        "check": ("kit.cli.check:command", "will a plugin be accepted?"),
        "new": ("kit.cli.new:command", "start a plugin of your own"),
        "plugins": ("kit.cli.plugins:command", "the models there are"),
        "metrics": ("kit.cli.metrics:command", "what a score measures"),
        "explain": ("kit.cli.explain:command", "what an error code means"),
        "doctor": ("kit.cli.doctor:command", "what is installed, set and protected here"),
        "init": ("kit.cli.init:command", "start a workspace of your own"),
        "completion": ("kit.cli.completion:command", "let the shell complete names"),
    }


def competitions_in(folder: Path) -> dict[str, Path]:
    """Competitions in a folder of competitions: name -> folder with a ``competition.toml``."""
    return {path.parent.name: path.parent for path in sorted(folder.glob("*/competition.toml"))}


def models_in(folder: Path) -> dict[str, Path]:
    """Model plugins in a folder of plugins: name -> folder with a ``plugin.py``, or single file.

    Raises
    ------
    UsageError
        E007 if a folder and a file have the same name.
    """
    found: dict[str, Path] = {}
    for path in sorted((*folder.glob("*/plugin.py"), *folder.glob("[!_.]*.py"))):
        name, place = (path.parent.name, path.parent) if path.name == "plugin.py" else (path.stem, path)
        if name in found:
            message = f"there are two plugins {name!r}: {found[name]} and {place}"
            raise UsageError(Problem(code="E007", message=message, fix="rename one of the two"))
        found[name] = place
    return found
