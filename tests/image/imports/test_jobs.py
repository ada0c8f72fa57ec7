"""Long work runs once, beside the workers; who asks hears that it is not done yet."""

from __future__ import annotations

import threading

import pytest

from pileus.image.imports.jobs import Jobs
from pileus.kernel.errors import Unavailable
from pileus.kernel.workflow import Retry


def test_a_job_runs_once_however_often_it_is_asked_for() -> None:
    jobs, go, ended, runs = Jobs(threads=1), threading.Event(), threading.Event(), []

    def job() -> None:
        runs.append(1)
        go.wait(5)

    for _ in range(2):
        with pytest.raises(Retry):
            jobs.do("one", job, done=ended.set)
    go.set()
    assert ended.wait(5)
    jobs.do("one", job, done=ended.set)
    assert runs == [1]
    jobs.close()


def test_what_a_job_raises_reaches_who_asks() -> None:
    jobs, go, ended = Jobs(threads=1), threading.Event(), threading.Event()

    def job() -> None:
        go.wait(5)
        raise Unavailable("not today")

    with pytest.raises(Retry):
        jobs.do("one", job, done=ended.set)
    go.set()
    assert ended.wait(5)
    with pytest.raises(Unavailable, match="not today"):
        jobs.do("one", job, done=ended.set)
    jobs.close()


def test_without_threads_a_job_is_done_at_once() -> None:
    runs: list[int] = []
    Jobs(threads=0).do("one", lambda: runs.append(1), done=lambda: None)
    assert runs == [1]


def test_jobs_end_with_the_process() -> None:
    jobs = Jobs(threads=0)
    jobs.check()
    jobs.close()
    with pytest.raises(Unavailable):
        jobs.check()
