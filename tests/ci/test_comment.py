"""`pulumi-cerevox comment`: one comment of each name, and nobody else's touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pulumi_cerevox.account.retry import Pace
from pulumi_cerevox.cli import main
from pulumi_cerevox.pull_request import Comment, CommentError, GitHub, Place, Run, post
from pulumi_cerevox.pull_request.comment import MOST_CHARACTERS
from pulumi_cerevox.pull_request.errors import CommentRefusedError
from pulumi_cerevox.pull_request.posting import MOST_TRIES, Outcome
from tests.ci.github_server import (
    BOT,
    PULL_REQUEST,
    REPOSITORY,
    SOMEBODY,
    TOKEN,
    Fault,
    GitHubServer,
)

HEAD = "0123456789abcdef0123456789abcdef01234567"
PLACE = Place(REPOSITORY, PULL_REQUEST)
MARKER = "<!-- pulumi-cerevox: guard/prod -->"
AT_ONCE = {"Retry-After": "0"}


@pytest.fixture(autouse=True)
def workflow(
    github: GitHubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Set what a runner sets for a pull request."""
    monkeypatch.chdir(tmp_path)
    event = {"pull_request": {"number": PULL_REQUEST, "head": {"sha": HEAD}}}
    Path("event.json").write_text(json.dumps(event), encoding="utf-8")
    Path("guard.md").write_text("## refused\n", encoding="utf-8")
    told = github.environment() | {
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_EVENT_PATH": "event.json",
        "GITHUB_RUN_ID": "20",
        "GITHUB_RUN_ATTEMPT": "2",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GH_TOKEN", raising=False)


def run(*options: str, report: str = "guard.md", given: str | None = None) -> Result:
    words = ["comment", report, "--name", "guard/prod", *options]
    return CliRunner().invoke(main, words, input=given)


def test_the_first_run_writes_it_and_the_next_one_updates_it(
    github: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run()
    assert first.exit_code == 0
    assert first.stderr == (
        "pulumi-cerevox: comment guard/prod on acme/people#7: created\n"
    )
    (body,) = github.written()
    assert body == (
        f"{MARKER}\n<!-- pulumi-cerevox-run: 20.2 -->\n\n## refused\n\n"
        "<sub>[run 20](https://github.example/acme/people/actions/runs/20) at "
        "0123456789; a later run writes it anew in this place</sub>\n"
    )
    monkeypatch.setenv("GITHUB_RUN_ID", "21")
    Path("guard.md").write_text("## passed", encoding="utf-8")
    assert run().stderr.endswith(": updated\n")
    (body,) = github.written()
    assert "## passed\n" in body
    assert "refused" not in body
    assert github.writes() == ["POST", "PATCH"]


def test_it_is_found_behind_hundreds_of_others(github: GitHubServer) -> None:
    for number in range(250):
        github.add(f"comment {number}")
    run()
    for number in range(150):
        github.add(f"more {number}")
    assert run().stderr.endswith(": updated\n")
    assert len(github.written()) == 1


def test_what_is_not_ours_is_left_alone(github: GitHubServer) -> None:
    others = [
        github.add(f"{MARKER}\npasted by somebody", SOMEBODY),
        github.add(f"{MARKER}\nof a deleted account", None),
        github.add(None),
        github.add(f"quoted:\n{MARKER}\n", BOT),
        github.add("<!-- pulumi-cerevox: guard/prod2 -->\nanother stack", BOT),
        github.add("<!-- pulumi-cerevox: audit/prod -->\nanother command", BOT),
    ]
    before = [dict(one) for one in others]
    assert run().stderr.endswith(": created\n")
    assert run().stderr.endswith(": updated\n")
    assert github.comments[: len(others)] == before
    assert len(github.comments) == len(others) + 1


def test_a_report_that_holds_a_marker_does_not_take_another_one_s_place(
    github: GitHubServer,
) -> None:
    Path("audit.md").write_text(f"{MARKER}\nhostile\n", encoding="utf-8")
    CliRunner().invoke(main, ["comment", "audit.md", "--name", "audit/prod"])
    assert run().stderr.endswith(": created\n")
    assert len(github.written()) == 2


@pytest.mark.parametrize(("later", "told"), [("21.1", "left"), ("20.3", "left")])
def test_the_word_of_a_later_run_stands(
    github: GitHubServer, later: str, told: str
) -> None:
    body = f"{MARKER}\n<!-- pulumi-cerevox-run: {later} -->\nnewer"
    github.add(body, BOT)
    assert run().stderr.endswith(f": {told}\n")
    assert github.written() == [body]


@pytest.mark.parametrize("earlier", ["19.9", "20.1", "20.2", "none"])
def test_the_word_of_an_earlier_run_does_not(
    github: GitHubServer, earlier: str
) -> None:
    github.add(f"{MARKER}\n<!-- pulumi-cerevox-run: {earlier} -->\nolder", BOT)
    assert run().stderr.endswith(": updated\n")


def test_outside_of_a_workflow(
    github: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_RUN_ID", "GITHUB_EVENT_PATH", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name)
    github.add(f"{MARKER}\n<!-- pulumi-cerevox-run: 99.1 -->\nof a run", BOT)
    where = ("--repository", REPOSITORY, "--pull-request", str(PULL_REQUEST))
    assert run(*where, report="-", given="text").exit_code == 0
    assert github.written() == [f"{MARKER}\n\ntext\n"]


def test_a_run_without_an_address_or_a_commit(
    github: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "javascript:alert(1)")
    event = {"pull_request": {"number": PULL_REQUEST, "head": {"sha": "](evil)"}}}
    Path("event.json").write_text(json.dumps(event), encoding="utf-8")
    run()
    assert "<sub>run 20; a later" in github.written()[0]


def test_only_update(github: GitHubServer) -> None:
    assert run("--only-update").stderr.endswith(": not needed\n")
    assert github.written() == []
    run()
    assert run("--only-update").stderr.endswith(": updated\n")


def test_a_long_report_is_cut_at_a_line_and_its_code_is_closed(
    github: GitHubServer,
) -> None:
    report = "````text\n```\n" + "a line of this report\n" * 10_000
    Path("guard.md").write_text(report, encoding="utf-8")
    assert run().exit_code == 0
    (body,) = github.written()
    assert MOST_CHARACTERS - 200 < len(body) <= MOST_CHARACTERS
    end = (
        "a line of this report\n````\n\n\n"
        "**The rest did not fit into a comment: see the run's summary.**\n\n<sub>"
    )
    assert end in body


@pytest.mark.parametrize(
    ("report", "end"),
    [
        ("```text\nrefused\n```\n" + "word\n" * 20_000, "word\n\n\n**The rest"),
        ("x" * 100_000, "x\n\n**The rest"),
    ],
)
def test_a_long_report_without_open_code(
    github: GitHubServer, report: str, end: str
) -> None:
    Path("guard.md").write_text(report, encoding="utf-8")
    assert run().exit_code == 0
    assert end in github.written()[0]


@pytest.mark.parametrize(
    ("method", "status", "headers", "message"),
    [
        ("GRAPHQL", 502, {}, ""),
        ("GET", 503, AT_ONCE, ""),
        ("POST", 500, {}, ""),
        ("POST", 429, AT_ONCE, ""),
        ("POST", 403, AT_ONCE, "You have exceeded a secondary rate limit"),
        ("POST", 403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, ""),
    ],
)
def test_what_passes_is_tried_again(
    github: GitHubServer,
    method: str,
    status: int,
    headers: dict[str, str],
    message: str,
) -> None:
    github.faults.append(Fault(method, status, message, headers))
    assert run().stderr.endswith(": created\n")
    assert len(github.written()) == 1


def test_a_comment_whose_answer_was_lost_is_not_written_twice(
    github: GitHubServer,
) -> None:
    github.faults.append(Fault("POST", 502, headers=AT_ONCE, applied=True))
    assert run().stderr.endswith(": updated\n")
    assert len(github.written()) == 1


def posted(github: GitHubServer, slept: list[float]) -> Outcome:
    pace = Pace(sleep=slept.append, chance=lambda: 1.0)
    client = GitHub(TOKEN, github.url)
    return post(client, PLACE, Comment("guard/prod", "text", Run(1)), pace=pace)


def test_a_limit_without_a_time_is_waited_for_a_minute(github: GitHubServer) -> None:
    slept: list[float] = []
    github.faults.append(Fault("POST", 403, "You have exceeded a secondary rate limit"))
    assert posted(github, slept) is Outcome.CREATED
    assert len(slept) == 1
    assert 60 <= slept[0] <= 61


def test_no_wait_is_longer_than_a_job_should_take(github: GitHubServer) -> None:
    slept: list[float] = []
    github.faults.append(Fault("POST", 429, headers={"Retry-After": "900"}))
    with pytest.raises(CommentError, match="GitHub says 429"):
        posted(github, slept)
    assert slept == []


def test_tries_come_to_an_end(github: GitHubServer) -> None:
    slept: list[float] = []
    github.faults += [Fault("GET", 503) for _ in range(MOST_TRIES)]
    with pytest.raises(CommentError, match="could not list the comments"):
        posted(github, slept)
    assert len(slept) == MOST_TRIES - 1
    assert github.faults == []


def test_only_so_many_pages_are_read(
    github: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulumi_cerevox.pull_request.github.MOST_PAGES", 2)
    for number in range(250):
        github.add(f"comment {number}")
    assert posted(github, []) is Outcome.CREATED
    assert github.asked.count(("GET", "/repos/acme/people/issues/7/comments")) == 2


@pytest.mark.parametrize(
    ("status", "message", "said"),
    [
        (403, "Resource not accessible by integration", "pull-requests: write"),
        (403, "Resource not accessible by integration", "from a fork"),
        (404, "Not Found", "no such pull request, or the token may not see it"),
        (401, "Bad credentials", "the workflow's own"),
    ],
)
def test_a_token_without_the_right_is_told_what_it_lacks(
    github: GitHubServer, status: int, message: str, said: str
) -> None:
    github.faults.append(Fault("POST", status, message))
    result = run()
    assert result.exit_code == 3
    assert result.stderr.startswith(
        f"pulumi-cerevox: could not write the comment: GitHub says {status} ({message})"
    )
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_another_refusal_is_told_in_github_s_words_made_harmless(
    github: GitHubServer,
) -> None:
    github.faults.append(Fault("POST", 422, f"\x1b[31m ##[error] {TOKEN}"))
    result = run()
    assert result.exit_code == 4
    assert result.stderr == (
        "pulumi-cerevox: could not write the comment: GitHub says 422 "
        "(\\x1b[31m \\x23#[error] [hidden])\n"
    )


def test_a_refusal_without_words(github: GitHubServer) -> None:
    github.faults.append(Fault("POST", 400, None))
    result = run()
    assert result.exit_code == 4
    assert result.stderr.endswith("write the comment: GitHub says 400\n")


@pytest.mark.parametrize("viewer", [None, {}, {"databaseId": None}])
def test_without_knowing_whose_token_it_is_nothing_is_written(
    github: GitHubServer, viewer: object
) -> None:
    github.viewer = viewer
    github.add(f"{MARKER}\npasted by somebody")
    result = run()
    assert result.exit_code == 4
    assert "does not say whose token this is" in result.stderr
    assert github.writes() == []


def test_an_answer_that_is_no_list_of_comments(github: GitHubServer) -> None:
    github.faults.append(Fault("GET", 200))
    result = run()
    assert result.exit_code == 4
    assert "is no list of comments; is GITHUB_API_URL right?" in result.stderr


def test_a_redirect_is_not_followed(github: GitHubServer) -> None:
    elsewhere = {"Location": "https://elsewhere.example/"}
    github.faults.append(Fault("GET", 301, "Moved Permanently", elsewhere))
    result = run()
    assert result.exit_code == 4
    assert "GitHub says 301 (Moved Permanently)" in result.stderr


def test_a_netrc_does_not_replace_the_token(
    github: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", "netrc")
    assert run().exit_code == 0
    assert len(github.written()) == 1


def test_no_github_there(github: GitHubServer) -> None:
    client = GitHub(TOKEN, "http://127.0.0.1:9")
    with pytest.raises(CommentError, match="GitHub does not answer") as caught:
        post(client, PLACE, Comment("a", "b"), pace=Pace(sleep=lambda _: None))
    assert caught.value.__context__ is None
    assert TOKEN not in f"{client!r} {caught.value!r}"
    assert not isinstance(caught.value, CommentRefusedError)
    assert github.asked == []


@pytest.mark.parametrize(
    ("variable", "value", "code", "said"),
    [
        ("GITHUB_TOKEN", "", 3, "no token: set GITHUB_TOKEN"),
        ("GITHUB_TOKEN", "a\nb", 3, "the token in GITHUB_TOKEN is none"),
        ("GITHUB_API_URL", "http://api.github.com", 2, "no address to send a token to"),
        ("GITHUB_REPOSITORY", "a/b/../c", 2, "no repository: 'a/b/../c'"),
        ("GITHUB_EVENT_PATH", "none.json", 2, "this run belongs to no pull request"),
        ("GITHUB_EVENT_PATH", "guard.md", 2, "this run belongs to no pull request"),
        ("GITHUB_EVENT_PATH", "", 2, "this run belongs to no pull request"),
        ("GITHUB_EVENT_PATH", "list.json", 2, "this run belongs to no pull request"),
        ("GITHUB_EVENT_PATH", "push.json", 2, "this run belongs to no pull request"),
    ],
)
def test_a_setting_that_is_missing_or_wrong(
    github: GitHubServer,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    code: int,
    said: str,
) -> None:
    Path("list.json").write_text("[]")
    Path("push.json").write_text('{"pull_request": {"number": "7", "head": null}}')
    monkeypatch.setenv(variable, value)
    result = run()
    assert result.exit_code == code
    assert said in result.stderr
    assert github.asked == []


def test_a_token_of_the_gh_command(
    github: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    monkeypatch.setenv("GH_TOKEN", TOKEN)
    assert run().exit_code == 0
    assert len(github.written()) == 1


@pytest.mark.parametrize("name", ["", "a -->", "-a", "a\nb", "x" * 121])
def test_a_name_that_could_not_be_a_marker(github: GitHubServer, name: str) -> None:
    result = CliRunner().invoke(main, ["comment", "guard.md", "--name", name])
    assert result.exit_code == 2
    assert "is no name" in result.stderr
    assert github.asked == []


@pytest.mark.parametrize(
    ("report", "said"),
    [
        ("none.md", "none.md: can't be read: No such file or directory"),
        (".", ".: can't be read: Is a directory"),
        ("empty.md", "empty.md: is empty"),
        ("-", "stdin: is empty"),
    ],
)
def test_no_report(github: GitHubServer, report: str, said: str) -> None:
    Path("empty.md").write_text(" \n")
    result = run(report=report, given="")
    assert result.exit_code == 2
    assert said in result.stderr
    assert github.asked == []
