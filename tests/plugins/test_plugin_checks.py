"""The shipped plugins pass the checks that are asked of everybody's."""

from __future__ import annotations

import pytest

from kit.plugin.built_in import BUNDLED
from kit.testing.models import ModelPluginCase

PLUGINS = BUNDLED / "plugins"


class TestConstant(ModelPluginCase):
    path = PLUGINS / "constant"


class TestLogistic(ModelPluginCase):
    path = PLUGINS / "logistic"


class TestMyCnn(ModelPluginCase):
    path = PLUGINS / "my_cnn"


@pytest.mark.slow
class TestCnn(ModelPluginCase):
    path = PLUGINS / "cnn"


@pytest.mark.slow
class TestCnnFast(ModelPluginCase):
    path = PLUGINS / "cnn_fast"


@pytest.mark.slow
class TestMlp(ModelPluginCase):
    path = PLUGINS / "mlp"


@pytest.mark.slow
class TestTrees(ModelPluginCase):
    path = PLUGINS / "trees"
    competition = "breast-cancer"


class TestGymAgent(ModelPluginCase):
    path = PLUGINS / "gym_agent"
    competition = "cartpole"


@pytest.mark.slow
class TestMyTable(ModelPluginCase):
    path = PLUGINS / "my_table"
    competition = "breast-cancer"


class TestRandomAgent(ModelPluginCase):
    path = PLUGINS / "random_agent"
    competition = "cartpole"


class TestPpo(ModelPluginCase):
    path = PLUGINS / "ppo"
    competition = "cartpole"


class TestDqn(ModelPluginCase):
    path = PLUGINS / "dqn"
    competition = "cartpole"
