"""The `pupilstream` command: one function a command, thin; what each does lives in its own module.

Exit status: 0 ok, 1 a finding, 2 wrong use, 3 infrastructure.
"""

from __future__ import annotations

import getpass
import shlex
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from deploy import home as homes
from deploy.roles import ROLES
from schemas.errors import ConfigError, PupilstreamError
from schemas.process.settings import default_home, load

OK: Final = 0
FINDING: Final = 1
WRONG_USE: Final = 2
INFRASTRUCTURE: Final = 3

Command = TypeVar("Command", bound=Callable[..., Any])


def with_home(command: Command) -> Command:
    """Give a command the option `--home`, anywhere on the line, `PUPILSTREAM_HOME` if absent."""
    option = click.option("--home", type=click.Path(path_type=Path), help="The installation [PUPILSTREAM_HOME].")
    return option(command)


def chosen_home(home: Path | None) -> Path:
    """The home that the line, or the environment, names."""
    context: click.Context | None = click.get_current_context()
    found = home
    while found is None and context is not None:
        found, context = context.params.get("home"), context.parent
    found = found or default_home()
    if found is None:
        raise click.UsageError("Which installation? Add --home DIR, or set PUPILSTREAM_HOME.")
    return Path(found).absolute()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="pupilstream")
@with_home
def cli(home: Path | None) -> None:
    """Weekly pupil files from schools, through Kafka, to answers a council can act on.

    Begin with `pupilstream demo`, or `pupilstream up --home DIR` and put files into DIR/inbox/<DfE number>/.
    """
    del home  # read by `chosen_home`


@cli.command(short_help="Run everything, until Ctrl-C or all is done.")
@with_home
@click.option("--inbox", type=click.Path(path_type=Path), help="Where files arrive, if not HOME/inbox.")
@click.option("--kafka", metavar="HOST:PORT", help="A running Kafka to use instead of an embedded one.")
@click.option("--postgres", metavar="DSN", help="A running PostgreSQL to use instead of an embedded one.")
@click.option("--until-idle", is_flag=True, help="Work off what is there, print a summary, and stop.")
def up(home: Path | None, inbox: Path | None, kafka: str | None, postgres: str | None, *, until_idle: bool) -> int:
    """Run everything in the foreground until Ctrl-C, or until all work is done.

    Exit status with --until-idle: 0; 1 when a file was rejected or held, a row refused or a delivery parked; 3 when a
    process gave up.
    """
    from deploy.up import up as run_up  # noqa: PLC0415 - each command loads what it needs: `--help` stays quick

    return run_up(chosen_home(home), click.echo, until_idle=until_idle, inbox=inbox, kafka=kafka, postgres=postgres)


@cli.command(short_help="Stop whatever of this home runs.")
@with_home
def down(home: Path | None) -> int:
    """Stop whatever of this home runs, servers included."""
    from deploy.local import stop_everything  # noqa: PLC0415 - as in `up`

    ended = stop_everything(chosen_home(home))
    click.echo(f"stopped: {', '.join(ended)}" if ended else "nothing was running")
    return OK


@cli.command(short_help="Print how to reach the two servers.")
@with_home
def env(home: Path | None) -> int:
    """Print how to reach the two servers, as lines for a shell: eval "$(pupilstream env --home DIR)"."""
    settings = load(homes.existing(chosen_home(home)))
    click.echo(f"PUPILSTREAM_POSTGRES={shlex.quote(settings.postgres)}")
    click.echo(f"PUPILSTREAM_KAFKA={shlex.quote(settings.kafka)}")
    return OK


@cli.command(short_help="Tell what runs, what lags, who is late.")
@with_home
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--watch", is_flag=True, help="Look again and again, until Ctrl-C.")
def status(home: Path | None, *, as_json: bool, watch: bool) -> int:
    """Tell what runs, how far each consumer is behind, and which school is late.

    Exit status 1 when a delivery is parked.
    """
    from deploy.status.command import status as tell  # noqa: PLC0415 - as in `up`

    if as_json and watch:
        raise click.UsageError("--json and --watch do not go together.")
    settings = load(homes.existing(chosen_home(home)))
    return tell(settings, click.echo, as_json=as_json, live=watch)


@cli.command(short_help="List who needs provision, and by when.")
@with_home
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day, yyyy-mm-dd [today].")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def duty(home: Path | None, on: datetime | None, *, as_json: bool) -> int:
    """List suspended children by what must be done first, and tell for how many schools the list speaks.

    Exit status 1 when a day six is on the day or before it.
    """
    from deploy.duty.command import run_duty  # noqa: PLC0415 - as in `up`

    settings = load(homes.existing(chosen_home(home)))
    return run_duty(settings, click.echo, on=on.date() if on else None, as_json=as_json)


@cli.command(short_help="Show the receipt that FILE would get.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_home
@click.option("--sender", help="DfE number of the sender, or council [the file's folder].")
@click.option("--json", "as_json", is_flag=True, help="Print the receipt as JSON.")
def check(file: Path, home: Path | None, sender: str | None, *, as_json: bool) -> int:
    """Show the receipt that FILE would get. Sends nothing; needs no server, and without a home no agreement."""
    from deploy.checking import check as run_check  # noqa: PLC0415 - as in `up`

    named = home or click.get_current_context().find_root().params.get("home") or default_home()
    return run_check(file, click.echo, home=named, sender=sender, as_json=as_json)


@cli.group(short_help="Files that wait for a person.")
@with_home
def held(home: Path | None) -> None:
    """The files that wait for a person: what is unusual about each, and what is to become of it.

    FILE is what `held list` calls it by, its path, or its name where only one held file has it.
    """
    del home  # an option of each command below; here it is only allowed to stand earlier on the line


def with_reason(command: Command) -> Command:
    """Give a decision its two options; both are kept on record."""
    by = click.option("--by", "--who", "by", default=getpass.getuser, help="Who decides [the user logged in].")
    why = click.option("--why", "--reason", "why", required=True, help="Why; the sender reads it in the receipt.")
    return by(why(command))


@held.command("list")
@with_home
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def held_list(home: Path | None, *, as_json: bool) -> int:
    """List what waits. Exit status 1 when anything does."""
    from deploy.held import show_all  # noqa: PLC0415 - as in `up`

    return show_all(homes.existing(chosen_home(home)), click.echo, as_json=as_json)


@held.command("show")
@click.argument("file")
@with_home
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def held_show(file: str, home: Path | None, *, as_json: bool) -> int:
    """Tell why FILE is held and what is unusual about it."""
    from deploy.held import show  # noqa: PLC0415 - as in `up`

    return show(homes.existing(chosen_home(home)), file, click.echo, as_json=as_json)


@held.command("release")
@click.argument("file")
@with_home
@with_reason
def held_release(file: str, home: Path | None, by: str, why: str) -> int:
    """Let FILE go on as the sender's next delivery; judged by the day on which it was received.

    Exit status 0 when it is done, or will be at the next start; 1 when the file turned out to be of no use.
    """
    from deploy.held import decide  # noqa: PLC0415 - as in `up`

    return decide(load(homes.existing(chosen_home(home))), file, "release", click.echo, by=by, why=why)


@held.command("reject")
@click.argument("file")
@with_home
@with_reason
def held_reject(file: str, home: Path | None, by: str, why: str) -> int:
    """Refuse FILE for good: nothing of it is used, and it moves to rejected/."""
    from deploy.held import decide  # noqa: PLC0415 - as in `up`

    return decide(load(homes.existing(chosen_home(home))), file, "reject", click.echo, by=by, why=why)


@cli.group(short_help="Pupils that only a person can match.")
@with_home
def review(home: Path | None) -> None:
    """The questions of matching that only a person can settle: who a school's pupil is.

    QUESTION is what `review list` calls it, or the first letters of that. Details of children are printed to this
    terminal alone.
    """
    del home  # an option of each command below; here it is only allowed to stand earlier on the line


@review.command("list")
@with_home
@click.option("--school", metavar="DFE", help="One school alone.")
@click.option("--restricted", "sealed", is_flag=True, help="Where rows stand that touch sealed records.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def review_list(home: Path | None, school: str | None, *, sealed: bool, as_json: bool) -> int:
    """List the open questions, without a word about any child. Exit status 1 when there are any."""
    from deploy.review.command import show_all  # noqa: PLC0415 - as in `up`

    settings = load(homes.existing(chosen_home(home)))
    waiting = show_all(settings, click.echo, school=school, as_json=as_json, sealed=sealed)
    return FINDING if waiting else OK


@review.command("show")
@click.argument("question")
@with_home
def review_show(question: str, home: Path | None) -> int:
    """Put the school's row and at most five children side by side, differences marked, with what speaks for each."""
    from deploy.review.command import show  # noqa: PLC0415 - as in `up`

    show(load(homes.existing(chosen_home(home))), question)
    return OK


@review.command("decide")
@click.argument("question")
@click.argument("answer", type=click.Choice(["same", "different", "cannot-tell", "withdraw"]))
@with_home
@click.option("--pupil", "pupils", multiple=True, metavar="ID", help="Which child [the only one shown].")
@click.option("--by", "--who", "by", default=getpass.getuser, help="Who decides [the user logged in].")
@click.option("--why", "--reason", "why", required=True, help="Why; kept with the answer.")
def review_decide(question: str, answer: str, home: Path | None, pupils: tuple[str, ...], by: str, why: str) -> int:
    """Answer QUESTION: it is the same child, a different one, or nobody can tell. `withdraw` takes answers back."""
    from deploy.review.answering import Verdict  # noqa: PLC0415 - as in `up`
    from deploy.review.command import ANSWERS, decide  # noqa: PLC0415 - as in `up`

    settings = load(homes.existing(chosen_home(home)))
    decide(settings, question, Verdict(ANSWERS[answer], pupils, by, why), click.echo)
    return OK


@cli.command(short_help="Write the files of a county that never was.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write inbox/ and config/ into.")
@click.option("--week", required=True, type=click.IntRange(1, 39), help="School week of the year, 1 to 39.")
@click.option("--schools", default=20, show_default=True, type=click.IntRange(1, 417), help="Number of schools.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same files.")
@click.option("--year", type=click.IntRange(2000, 2100), help="Starting year [the last complete one].")
@click.option("--faults", default=0.0, show_default=True, type=click.FloatRange(0, 1), help="Share of faulty schools.")
def simulate(out: Path, week: int, schools: int, seed: int, year: int | None, faults: float) -> int:
    """Write the files that a synthetic county sends in one week of a school year."""
    from producers.simulator.app import Plan  # noqa: PLC0415 - as in `up`
    from producers.simulator.app import simulate as write_county  # noqa: PLC0415 - as in `up`

    chosen = last_complete_year(date.today()) if year is None else year  # noqa: DTZ011 - which files to invent
    manifest = write_county(Plan(out, week, schools, seed, chosen, faults))
    click.echo(f"week {week} of {chosen}/{(chosen + 1) % 100:02} for {schools} schools: {manifest}")
    return OK


@cli.command(short_help="Start one more instance of a process.")
@click.argument("process", type=click.Choice(ROLES))
@with_home
def run(process: str, home: Path | None) -> int:
    """Start one more instance of a process against a home that runs; Ctrl-C stops it."""
    from deploy.instance import run_instance  # noqa: PLC0415 - as in `up`

    return run_instance(process, homes.existing(chosen_home(home)))


class Why(click.Command):
    """Its help ends with the views that can be explained."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List each view with its key."""
        from deploy.why.command import views_and_keys  # noqa: PLC0415 - as in `up`

        del ctx
        with formatter.section("Views and their keys"):
            formatter.write_dl(views_and_keys())


@cli.command(cls=Why, short_help="Tell what is behind a row of VIEW.")
@click.argument("view")
@click.argument("key", nargs=-1)
@with_home
def why(view: str, key: tuple[str, ...], home: Path | None) -> int:
    """Tell what is behind a row of VIEW: how its numbers are made, from which files and which of their rows.

    KEY names the row, one word a column. Exit status 1 when nothing is known of it.
    """
    from deploy.why.command import checked  # noqa: PLC0415 - as in `up`
    from deploy.why.command import why as ask_why  # noqa: PLC0415 - as in `up`

    checked(view, key)
    settings = load(homes.existing(chosen_home(home)))
    return OK if ask_why(settings, view, key, click.echo) else FINDING


@cli.command(short_help="Tell what a delivery has changed.")
@click.argument("delivery")
@with_home
def impact(delivery: str, home: Path | None) -> int:
    """Tell everything that DELIVERY (SENDER/DATASET/SEQ) has changed, and the alerts it gave rise to.

    Exit status 1 when there is no such delivery.
    """
    from deploy.impact.command import impact as tell_impact  # noqa: PLC0415 - as in `up`

    settings = load(homes.existing(chosen_home(home)))
    return OK if tell_impact(settings, delivery, click.echo) else FINDING


@cli.command(short_help="Rebuild a state, compare it, swap it.")
@click.argument("words", nargs=-1, required=True, metavar="[rollback|drop|release] CONSUMER")
@with_home
@click.option("--dry-run", is_flag=True, help="Tell what would be read and how long it would take.")
@click.option("--accept-diff", is_flag=True, help="Swap although the rebuilt state differs.")
@click.option("--school", metavar="DFE", help="Rebuild this school's rows alone; the rest is copied.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Rebuild from the academic year of this day on.")
@click.option("--from-archive", is_flag=True, help="Read files that have left the topics from the archive.")
@click.option("--rows-per-second", default=0.0, type=click.FloatRange(0), help="Hold the rebuilding back [not held].")
def replay(words: tuple[str, ...], home: Path | None, **options: Any) -> int:
    """Rebuild the state of CONSUMER (or `all`) from the topics while the old one serves, compare the two, and swap.

    Killed? Start it again: it goes on. Ctrl-C leaves nothing. `rollback CONSUMER` swaps back, `drop CONSUMER` removes
    the old state, `release exclusions` sends the alerts that a replay has held back. Exit status 1 when the two states
    differ.
    """
    from deploy.replay.command import run as run_replay  # noqa: PLC0415 - as in `up`

    return run_replay(load(homes.existing(chosen_home(home))), words, **options)


@cli.group("schemas", short_help="The contract with whoever reads the topics.")
def contract() -> None:
    """The contract with whoever reads the topics: every schema that was released, and what it promises."""


@contract.command("check")
def schemas_check() -> int:
    """Tell whether every released schema is as it was, and reads what the older ones wrote.

    Exit status 1 when one does not.
    """
    from schemas.compatibility import faults  # noqa: PLC0415 - as in `up`
    from schemas.topics import catalogue  # noqa: PLC0415 - as above

    found = faults()
    for fault in found:
        click.echo(fault)
    click.echo(f"{len(catalogue()['schemas'])} released schemas, {len(found)} faults")
    return FINDING if found else OK


@cli.command(short_help="A small county from files to answers.")
@with_home
@click.option("--schools", default=20, show_default=True, type=click.IntRange(1, 417), help="Number of schools.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same county.")
@click.option("--running", is_flag=True, help="Use the processes that run on this home, containers for example.")
def demo(home: Path | None, schools: int, seed: int, *, running: bool) -> int:
    """Three weeks of a small synthetic county, corrections and faults included, and the two answers."""
    from deploy.demo import demo as run_demo  # noqa: PLC0415 - as in `up`

    return run_demo(default_home() if running and home is None else home, schools=schools, seed=seed, running=running)


class Subscribe(click.Command):
    """Its help ends with the kinds of alerts."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List each kind with what it says."""
        from schemas.alerts import alert_kinds  # noqa: PLC0415 - as in `up`

        del ctx
        with formatter.section("Kinds"):
            formatter.write_dl([(one.kind, one.label) for one in alert_kinds()])


@cli.command(cls=Subscribe, short_help="Tell a team its alerts as lines of JSON.")
@with_home
@click.option("--team", required=True, help="Name of your team: it is told each alert once, whenever it asks.")
@click.option("--kinds", metavar="KIND,KIND", help="Only these kinds, and what replaces one of them [all].")
@click.option(
    "--from",
    "since",
    metavar="YYYY-MM-DD",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Tell again what was raised since that day.",
)
@click.option("--once", is_flag=True, help="Tell what is new, and stop.")
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), help="Keep what is current as CSV in a file.")
@click.option("--kafka", metavar="HOST:PORT", help="The broker, where the installation's home is elsewhere.")
def subscribe(home: Path | None, team: str, since: datetime | None, kafka: str | None, **asked: Any) -> int:
    """Tell alerts about suspended children as lines of JSON, until Ctrl-C.

    A team that asks for the first time is told every alert that is current (that no later one supersedes); afterwards
    what is new since it was last told. Lines with the same alert_id are the same alert: a subscriber that was killed
    may be told its last lines again. Each line takes the place of those in its `supersedes`. docs/subscribing.md says
    what the fields and kinds mean, and how to read the topic with a program of your own.

    \b
    pupilstream subscribe --team virtual-school --kinds LOOKED_AFTER_SUSPENDED
    pupilstream subscribe --team inclusion --once --state current.csv
    """  # noqa: D301 - click wants the character itself
    from deploy.subscribe import command as subscribing  # noqa: PLC0415 - as in `up`
    from schemas.process.lifecycle import stop_on_signals  # noqa: PLC0415 - as in `up`

    wish = subscribing.wish(team, since=since and since.date(), **asked)
    settings = subscribing.settings_of(home_if_any(home), kafka)
    try:
        return subscribing.subscribe(settings, wish, stop_on_signals(), say=click.echo, note=note_aside)
    except BrokenPipeError:
        return subscribing.close_quietly()


def home_if_any(home: Path | None) -> Path | None:
    """The home that the line, or the environment, names, if either does."""
    return home or click.get_current_context().find_root().params.get("home") or default_home()


def note_aside(line: str) -> None:
    """Say something to the person, apart from the output."""
    click.echo(f"pupilstream: {line}", err=True)


def last_complete_year(today: date) -> int:
    """The starting year of the latest academic year (1 August to 31 July) that is over."""
    return today.year - (1 if today.month >= 8 else 2)


def main() -> None:
    """Run a command; our own errors become one line and an exit status."""
    try:
        sys.exit(cli.main(standalone_mode=False))
    except click.exceptions.Abort:
        sys.exit(INFRASTRUCTURE)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG_USE)
    except ConfigError as error:
        click.echo(f"pupilstream: {error}", err=True)
        sys.exit(WRONG_USE)
    except PupilstreamError as error:
        click.echo(f"pupilstream: {error}", err=True)
        sys.exit(INFRASTRUCTURE)
