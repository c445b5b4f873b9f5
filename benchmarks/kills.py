"""Random schemas, rows, migrations and writes of users, with SIGKILL at random moments of deploy and rollback.

What dies is our process, or the server's first process, before, amid or after any word that we say to the server. Then
the same command runs again, perhaps dies again, and in the end the deployment is taken back: the schema must be what it
was, every row that no user touched equal to the byte, every user's write there, and nothing of ours left over.

    benchmarks/kills.py [--seeds 1:40] [--examples 25] [--only EXAMPLE] [--alive]

Each seed gives the same examples again; for each that fails seed, number and story are printed. Exits with 1 then.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path
from time import perf_counter

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "property"))

from property_deaths import Deaths
from property_kills import kills
from property_migrations import changes
from property_play import Played, play
from property_schema import bases
from property_users import writes
from property_world import prepare

from haulback.pg import binaries
from haulback.pg.cluster import Cluster


class Game:
    """Plays on one server and counts what came of it."""

    def __init__(self, home: Path, only: int | None, *, alive: bool) -> None:
        self.home, self.only, self.alive = home, only, alive
        self.cluster = Cluster(home, "main", binaries.embedded(), platform=False)
        prepare(self.cluster.start())
        self.endings: Counter[str] = Counter()
        self.killed = self.failed = 0

    def play_seed(self, number: int, examples: int) -> None:
        count = 0

        @seed(number)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(drawn=st.data())
        def every(drawn: st.DataObject) -> None:
            nonlocal count
            count += 1
            base = drawn.draw(bases())
            change = drawn.draw(changes(base))
            written = drawn.draw(writes())
            predicted = drawn.draw(st.sampled_from(("all", "all", "none")))
            chosen = {"deploy": drawn.draw(kills()), "rollback": drawn.draw(kills())}
            small = drawn.draw(st.booleans())
            if self.only is None or count == self.only:
                way = Deaths(self.cluster, dict.fromkeys(chosen, ()) if self.alive else chosen, small=small)
                server = self.cluster.start()
                try:
                    played = play(server, self.home, self.home, base, change, written, predicted, way)
                except Exception:  # noqa: BLE001 - told with the rest; to raise it would be to shrink it
                    played = Played("broken", [traceback.format_exc()], f"{base}\n{change}\n{written}")
                self._note(number, count, played, way)

        every()

    def _note(self, number: int, example: int, played: Played, way: Deaths) -> None:
        self.endings[played.ending.split(":")[0]] += 1
        self.killed += way.struck
        if wrong := [*played.wrong, *way.wrong]:
            self.failed += 1
            story = "\n".join((*way.told, played.told, *wrong))
            sys.stdout.write(f"--- seed {number} example {example} fails{' (small)' if way.small else ''}\n{story}\n")
            sys.stdout.flush()


def _numbers(text: str) -> range:
    first, _, last = text.partition(":")
    return range(int(first), int(last or first) + 1)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seeds", type=_numbers, default=range(1, 41), metavar="FIRST[:LAST]")
    asked.add_argument("--examples", type=int, default=25, help="of each seed")
    asked.add_argument("--only", type=int, metavar="EXAMPLE")
    asked.add_argument("--alive", action="store_true", help="the same examples, and nobody dies")
    given_ = asked.parse_args()
    home = Path(tempfile.mkdtemp(prefix="haulback-kills-"))
    begun = perf_counter()
    game = Game(home, given_.only, alive=given_.alive)
    try:
        for number in given_.seeds:
            game.play_seed(number, given_.examples)
    finally:
        game.cluster.destroy()
        shutil.rmtree(home, ignore_errors=True)
    endings = ", ".join(f"{count} {ending}" for ending, count in game.endings.most_common())
    sys.stdout.write(
        f"{game.endings.total()} examples, {game.killed} kills, {game.failed} failed: {endings};"
        f" {perf_counter() - begun:.0f} s\n"
    )
    return 1 if game.failed else 0


if __name__ == "__main__":
    sys.exit(main())
