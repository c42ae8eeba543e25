"""What every store must do for a class, as a class of tests: subclass it and say how one is made."""
# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import pytest

from leaderboard.store.base import Store
from leaderboard.store.people import Entrant, NewEntrant, People

ANNA, BEN = NewEntrant(name="Anna", email="anna@x.edu"), NewEntrant(name="Ben", external={"ID": "7"})


def on_roster(people: People, *new: NewEntrant) -> tuple[Entrant, ...]:
    """Put entrants on the roster, by default Anna and Ben, and read it."""
    people.put(new or (ANNA, BEN), actor="host")
    return people.entrants()


class PeopleCase(ABC):
    """Conformance of a `leaderboard.store.people.People`."""

    @abstractmethod
    def make(self, folder: Path) -> tuple[Store, People]:
        """A store kept in `folder`, and the class in it: the same ones for the same folder."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return self.make(tmp_path)[0]

    @pytest.fixture
    def people(self, tmp_path: Path) -> People:
        return self.make(tmp_path)[1]

    def test_without_a_roster_there_is_no_class_and_nothing_is_made(self, people: People, tmp_path: Path) -> None:
        assert (people.is_class(), people.entrants(), people.teams()) == (False, (), ())
        assert people.token("0" * 64) is None
        assert list(tmp_path.iterdir()) == []

    def test_who_is_put_on_the_roster_is_on_it(self, people: People) -> None:
        anna, ben = on_roster(people)
        assert (people.is_class(), anna.name, anna.email, dict(ben.external)) == (
            True,
            "Anna",
            "anna@x.edu",
            {"ID": "7"},
        )
        assert [team.handle for team in people.teams()] == [anna.team, ben.team]

    def test_a_handle_says_nothing_about_who_it_is_and_stays(self, people: People) -> None:
        anna, _ = on_roster(people)
        assert "anna" not in anna.team
        people.put([NewEntrant(id=anna.id, name="Anna B.")], actor="host")
        assert (people.entrants()[0].name, people.entrants()[0].team) == ("Anna B.", anna.team)

    def test_several_can_be_one_team(self, people: People) -> None:
        both = on_roster(people, NewEntrant(name="Anna", label="Red"), NewEntrant(name="Ben", label="Red"))
        assert len({one.team for one in both}) == 1
        assert [team.label for team in people.teams()] == ["Red"]

    def test_somebody_can_move_into_a_team(self, people: People) -> None:
        anna, ben = on_roster(people)
        people.put([NewEntrant(id=ben.id, name="Ben", label="Red")], actor="host")
        assert people.entrants()[1].team not in (anna.team, ben.team)

    def test_whoever_is_removed_is_gone_with_the_tokens_and_can_come_back(self, people: People) -> None:
        anna, _ = on_roster(people)
        people.claim(anna.id, token_hash="a" * 64, label="laptop")
        assert people.remove(anna.id, actor="host")
        assert not people.remove(anna.id, actor="host")
        assert ([one.name for one in people.entrants()], people.token("a" * 64)) == (["Ben"], None)
        people.put([NewEntrant(id=anna.id, name="Anna")], actor="host")
        assert people.entrants()[0].team == anna.team

    def test_a_name_is_claimed_once(self, people: People, store: Store) -> None:
        anna, _ = on_roster(people)
        token = people.claim(anna.id, token_hash="a" * 64, label="laptop")
        assert token is not None
        assert (token.role, token.team, token.entrant_id) == ("student", anna.team, anna.id)
        assert people.claim(anna.id, token_hash="b" * 64, label="phone") is None
        assert people.entrants()[0].claimed_at is not None
        assert len(store.events(action="claim-refused", about=f"entrant {anna.id}")) == 1

    def test_of_two_claims_at_the_same_moment_one_is_refused(self, people: People, tmp_path: Path) -> None:
        anna, _ = on_roster(people)

        def claim(n: int) -> bool:
            return self.make(tmp_path)[1].claim(anna.id, token_hash=f"{n:064}", label="") is not None

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(claim, range(8))) == 1

    def test_a_released_name_can_be_claimed_again_and_the_old_token_is_of_no_use(self, people: People) -> None:
        anna, _ = on_roster(people)
        assert not people.release(anna.id, actor="host")
        people.claim(anna.id, token_hash="a" * 64, label="")
        assert people.release(anna.id, actor="host")
        assert people.token("a" * 64) is None
        assert people.claim(anna.id, token_hash="b" * 64, label="") is not None

    def test_nobody_who_is_not_on_the_roster_can_be_claimed(self, people: People) -> None:
        assert people.claim(77, token_hash="a" * 64, label="") is None

    def test_a_token_is_found_by_its_hash_until_it_is_revoked(self, people: People) -> None:
        made = people.add_token(role="host", token_hash="a" * 64, label="browser")
        found = people.token("a" * 64)
        assert found is not None
        assert (found.id, found.role, found.team, people.token("b" * 64)) == (made.id, "host", "", None)
        assert people.tokens()[0].last_used_at is not None
        assert people.revoke(made.id, actor="host")
        assert not people.revoke(made.id, actor="host")
        assert (people.token("a" * 64), len(people.tokens())) == (None, 1)

    def test_no_two_teams_have_one_name(self, people: People) -> None:
        anna, ben = on_roster(people)
        assert people.set_nickname(anna.team, "Otters", actor="team")
        assert not people.set_nickname(ben.team, "otters", actor="team")
        assert not people.set_nickname(ben.team, "\N{CYRILLIC CAPITAL LETTER O}tters", actor="team")
        assert not people.set_nickname(ben.team, anna.team.upper(), actor="team")
        assert people.set_nickname(anna.team, None, actor="team")
        assert people.set_nickname(ben.team, "Otters", actor="team")

    def test_a_code_is_good_once(self, people: People) -> None:
        people.add_code("c" * 64, lifetime_s=60)
        assert not people.use_code("d" * 64)
        assert people.use_code("c" * 64)
        assert not people.use_code("c" * 64)

    def test_a_code_is_good_for_its_time_and_until_the_next_one(self, people: People) -> None:
        people.add_code("c" * 64, lifetime_s=0.01)
        sleep(0.02)
        assert not people.use_code("c" * 64)
        people.add_code("d" * 64, lifetime_s=60)
        people.add_code("e" * 64, lifetime_s=60)
        assert not people.use_code("d" * 64)

    def test_a_setting_can_be_kept_once(self, people: People) -> None:
        assert people.setting("word code") is None
        assert people.set_setting("word code", "a", once=True) == "a"
        assert people.set_setting("word code", "b", once=True) == "a"
        assert people.set_setting("word code", "c") == people.setting("word code") == "c"

    def test_every_change_is_in_the_audit_and_no_hash_is(self, people: People, store: Store) -> None:
        anna, ben = on_roster(people)
        people.claim(anna.id, token_hash="a" * 64, label="laptop")
        people.release(anna.id, actor="host")
        people.set_nickname(ben.team, "Owls", actor="team")
        people.remove(ben.id, actor="host")
        lines = store.audit()
        assert [line.action for line in lines] == [
            "roster-add", "roster-add", "claim", "release", "nickname", "roster-remove",
        ]  # fmt: skip
        assert not any("a" * 64 in line.detail for line in lines)
