"""Where a name leads: the workspace first, then what is installed, then what is bundled."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.errors import StorageError, UsageError
from kit.workspace import Workspace, init, is_path

PLUGIN = '"""A plugin."""\n\n\ndef fit(train):\n    return 1\n'


def plugin(folder: Path, name: str) -> Path:
    path = folder / "plugins" / name / "plugin.py"
    path.parent.mkdir(parents=True)
    path.write_text(PLUGIN)
    return path.parent


def problem_of(action: object, *arguments: object) -> str:
    with pytest.raises(UsageError) as caught:
        action(*arguments)  # type: ignore[operator]
    problem = caught.value.problem
    return f"{problem.code} {problem.message} {problem.expected} {problem.fix}"


def test_the_nearest_folder_with_a_kit_toml_is_the_workspace(workspace: Path) -> None:
    inner = workspace / "plugins" / "a"
    inner.mkdir(parents=True)

    assert Workspace.find(inner).root == workspace


def test_without_a_kit_toml_the_users_data_folder_is_the_workspace(tmp_path: Path) -> None:
    found = Workspace.find(tmp_path)

    assert not found.has_file
    assert tmp_path not in found.root.parents


def test_a_plugin_of_the_workspace_shadows_the_bundled_one(workspace: Path) -> None:
    own = plugin(workspace, "logistic")

    found = Workspace.find().models["logistic"]

    assert (found.path, found.level) == (own, "workspace")
    assert [path.name for path in found.shadows] == ["logistic"]


def test_a_folder_and_a_file_of_the_same_name_are_an_error_that_names_both(workspace: Path) -> None:
    plugin(workspace, "mine")
    (workspace / "plugins" / "mine.py").write_text(PLUGIN)

    told = problem_of(lambda: Workspace.find().models)

    assert "E007" in told
    assert "mine.py" in told


@pytest.mark.parametrize("reference", ["plugins/mine", "plugins/mine/plugin.py", "mine", "./plugins/mine"])
def test_a_plugin_is_found_by_path_and_by_name(workspace: Path, reference: str) -> None:
    plugin(workspace, "mine")

    assert Workspace.find().model(reference).name == "mine"


def test_a_single_file_is_a_plugin_too(workspace: Path) -> None:
    (workspace / "plugins").mkdir()
    (workspace / "plugins" / "one.py").write_text(PLUGIN)

    assert Workspace.find().model("plugins/one.py").name == Workspace.find().model("one").name == "one"


def test_a_bare_name_is_never_a_path(workspace: Path) -> None:
    (workspace / "mine").mkdir()
    (workspace / "mine" / "plugin.py").write_text(PLUGIN)

    assert "there is no plugin 'mine'" in problem_of(Workspace.find().model, "mine")


def test_a_missing_path_to_a_bundled_plugin_says_its_name(workspace: Path) -> None:
    assert "kit submit cnn" in problem_of(Workspace.find().model, "plugins/cnn")


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_missing_path_is_answered_with_the_command_that_was_typed(workspace: Path, command: str) -> None:
    with pytest.raises(UsageError) as caught:
        Workspace.find().model("plugins/cnn", command=f"kit {command}")

    assert caught.value.problem.fix.startswith(f"kit {command} cnn ")


@pytest.mark.parametrize("typed", ["plugins/mine.py", "./plugins/mine.py", "plugins/mine.pt"])
def test_a_missing_path_says_the_plugin_that_is_there_under_another_ending(workspace: Path, typed: str) -> None:
    plugin(workspace, "mine")

    assert problem_of(Workspace.find().model, typed).endswith("did you mean   plugins/mine ?")


@pytest.mark.parametrize("typed", ["plugin.py", "./plugin.py"])
def test_a_plugin_py_that_is_not_here_says_the_plugins_of_the_workspace(workspace: Path, typed: str) -> None:
    plugin(workspace, "mine")

    with pytest.raises(UsageError) as caught:
        Workspace.find().model(typed, command="kit check")

    assert caught.value.problem.message == "there is no plugin.py here"
    assert caught.value.problem.fix == "kit check plugins/mine"


def test_a_missing_folder_says_the_file_that_is_there(workspace: Path) -> None:
    (workspace / "plugins").mkdir()
    (workspace / "plugins" / "one.py").write_text(PLUGIN)

    assert "did you mean   plugins/one.py ?" in problem_of(Workspace.find().model, "plugins/one")
    assert "did you mean   plugins/one.py ?" in problem_of(Workspace.find().model, "plugins/one/plugin.py")


def test_a_missing_path_to_a_plugin_of_the_workspace_says_where_that_is(workspace: Path) -> None:
    plugin(workspace, "mine")

    told = problem_of(Workspace.find().model, "models/mine")

    assert "kit submit mine" in told
    assert "plugins/mine" in told
    assert "comes with the kit" not in told


@pytest.mark.parametrize("typed", ["plugins", "plugins/", "./plugins"])
def test_a_folder_of_plugins_lists_some_of_them_as_they_can_be_typed(workspace: Path, typed: str) -> None:
    for number in range(10):
        plugin(workspace, f"m{number}")

    told = problem_of(Workspace.find().model, typed)

    assert told.startswith("E006 plugins is no plugin, it is a folder of plugins")
    assert told.endswith("one of   " + "   ".join(f"plugins/m{number}" for number in range(8)) + "   …")


def test_a_bare_name_of_a_folder_that_is_a_plugin_says_the_path(workspace: Path) -> None:
    (workspace / "mine").mkdir()
    (workspace / "mine" / "plugin.py").write_text(PLUGIN)

    assert "./mine" in problem_of(Workspace.find().model, "mine")


def test_an_unknown_name_is_answered_with_the_nearest(workspace: Path) -> None:
    assert "did you mean   logistic ?" in problem_of(Workspace.find().model, "logistik")
    assert "did you mean   digits ?" in problem_of(Workspace.find().competition, "digit")


def test_a_folder_without_plugin_py_says_what_is_in_it(workspace: Path) -> None:
    (workspace / "code").mkdir()
    (workspace / "code" / "main.py").touch()

    told = problem_of(Workspace.find().model, "code/")

    assert "E006" in told
    assert "plugin.py" in told


def test_the_competition_is_chosen_in_the_order_flag_plugin_workspace(workspace: Path) -> None:
    found = Workspace.find()

    assert found.choose_competition("mnist", "breast-cancer") == ("mnist", "-c")
    assert found.choose_competition(None, "breast-cancer") == ("breast-cancer", "the plugin's COMPETITION")
    assert found.choose_competition(None) == ("digits", "kit.toml")


def test_a_choice_that_can_not_be_made_lists_those_whose_kind_fits(workspace: Path) -> None:
    (workspace / "kit.toml").write_text("")

    told = problem_of(lambda: Workspace.find().choose_competition(None, None, ("tabular-classification",)))

    assert "-c breast-cancer" in told
    assert "digits" not in told


def test_a_competition_that_names_an_unknown_metric_or_source_is_told_both(workspace: Path) -> None:
    text = (Path(__file__).parents[2] / "competitions" / "digits" / "competition.toml").read_text()
    folder = workspace / "competitions" / "mine"
    folder.mkdir(parents=True)
    (folder / "competition.toml").write_text(text.replace("accuracy", "acuracy").replace("sklearn:", "sklern:"))

    with pytest.raises(UsageError) as caught:
        Workspace.find().competition("mine")

    assert [part.where for part in caught.value.parts] == ["metric.name", "data.source"]


def test_a_changed_competition_is_read_afresh(workspace: Path) -> None:
    text = (Path(__file__).parents[2] / "competitions" / "digits" / "competition.toml").read_text()
    path = workspace / "competitions" / "mine" / "competition.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert Workspace.find().competition("mine").limits.selected == 2

    path.write_text(text.replace("selected = 2", "selected = 3"))

    assert Workspace.find().competition("mine").limits.selected == 3


def test_state_is_for_its_owner_only(bare_workspace: Path) -> None:
    assert Workspace.find().state.stat().st_mode & 0o077 == 0


def test_init_makes_a_workspace_with_the_starter(tmp_path: Path) -> None:
    init(tmp_path / "my-class", title='A "quoted" class')

    found = Workspace.find(tmp_path / "my-class")
    assert found.config.title == 'A "quoted" class'
    assert found.models["my_cnn"].level == "workspace"


def test_init_overwrites_nothing(workspace: Path) -> None:
    assert "E008" in problem_of(init, workspace)


@pytest.mark.parametrize(
    ("argument", "expected"), [("a/b", True), ("a.py", True), ("preds.csv", True), (".", True), ("my_cnn", False)]
)
def test_a_slash_or_a_suffix_makes_a_path(argument: str, expected: bool) -> None:
    assert is_path(argument) is expected


def test_a_title_of_any_characters_can_be_read_back(tmp_path: Path) -> None:
    title = 'a\nb\t"\\\x7f\u2028é'
    init(tmp_path / "class", title=title)

    assert Workspace.find(tmp_path / "class").config.title == title


def test_a_place_that_can_not_be_written_is_e706(bare_workspace: Path) -> None:
    (bare_workspace / ".kit").write_text("a file")

    assert Workspace.find().competition("digits").title  # reading it needs no state
    with pytest.raises(StorageError, match="E706"):
        _ = Workspace.find().state
    with pytest.raises(StorageError, match="E706"):
        init(bare_workspace / ".kit" / "inner")


def test_state_is_never_taken_into_a_repository(workspace: Path) -> None:
    assert (Workspace.find().state / ".gitignore").read_text() == "*\n"


def test_looking_for_prepared_data_makes_nothing(bare_workspace: Path) -> None:
    found = Workspace.find()

    assert found.found_prepared("digits") is None
    assert not (bare_workspace / ".kit" / "prepared").exists()


def test_a_scorer_of_scikit_learn_has_the_direction_that_scikit_learn_says(workspace: Path) -> None:
    text = (Path(__file__).parents[2] / "competitions" / "digits" / "competition.toml").read_text()
    folder = workspace / "competitions" / "mine"
    folder.mkdir(parents=True)
    (folder / "competition.toml").write_text(text.replace('"accuracy"', '"sklearn:matthews_corrcoef"'))

    assert Workspace.find().metric("mine").greater_is_better


def test_what_the_metric_contradicts_is_told(workspace: Path) -> None:
    text = (Path(__file__).parents[2] / "competitions" / "digits" / "competition.toml").read_text()
    folder = workspace / "competitions" / "mine"
    folder.mkdir(parents=True)
    more = 'name = "accuracy"\ngreater_is_better = false\nparams = { k = 5 }'
    (folder / "competition.toml").write_text(text.replace('name = "accuracy"', more))

    with pytest.raises(UsageError, match="E004") as caught:
        Workspace.find().competition("mine")

    assert [part.where for part in caught.value.parts] == ["metric.params.k", "metric.greater_is_better"]
