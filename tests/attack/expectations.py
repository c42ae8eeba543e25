"""What comes of each attack: one line for each plugin."""

from __future__ import annotations

from typing import Literal, NamedTuple

Score = Literal["same", "chance", "any"]


class Expected(NamedTuple):
    """What the entrant is told and what the host finds.

    Parameters
    ----------
    codes
        Those that may come, parted by ``|``; an empty one stands for a submission that is scored.
    words
        A part of what is told.
    log
        A part of what the host finds in the log.
    held
        At least how many attempts must have been made, and none may have reached anything.
    competition
        Which limits it runs under.
    process
        Whether a child process without walls must stand it, too.
    score
        ``same``: as if it had answered always the same. ``chance``: no better than guessing.
    again
        It is run twice, and the second run counts.
    """

    codes: str = ""
    words: str = ""
    log: str = ""
    held: int = 0
    competition: Literal["vault", "hurry", "course"] = "vault"
    process: bool = False
    score: Score = "same"
    again: bool = False


def everywhere(codes: str = "", words: str = "", **more: object) -> Expected:
    """An attack that a plain process must stand, too."""
    return Expected(codes, words, process=True, **more)  # type: ignore[arg-type]


def for_ever(words: str = "stopped after 4 s", **more: object) -> Expected:
    """One that would never end."""
    return everywhere("E206", words, competition="hurry", **more)


READ = {
    "frames": everywhere(held=1),
    "names_in_frames": everywhere(held=1),
    "collector": everywhere(held=1),
    "own_memory": everywhere(held=1),
    "environments": Expected(held=1),
    "environment": everywhere(held=3),
    "roots": Expected(held=3),
    "victims_memory": Expected(held=6),
    "solution_by_path": Expected(held=3),
    "store_by_path": Expected(held=5),
    "rival": Expected(held=5),
    "search": Expected(held=1),
    "descriptors": everywhere(held=1),
    "home": Expected(held=9),
    "checkout": Expected(held=4),
    "data_home": Expected(held=3),
    "sklearns_files": Expected(held=1),
    "load_digits": Expected("E2", "train"),
    "row_order": everywhere(score="chance"),
    "names_and_times": Expected(held=4),
    "own_job": everywhere(held=3),
    "memory_of_others": Expected(held=4),
    "watches": Expected(held=5),
}
FORGE = {
    "log_lines": everywhere(log="public score   100.0 %"),
    "result_files": Expected(held=5),
    "patched_libraries": everywhere(),
    "patched_pandas": everywhere(),
    "equal_to_everything": everywhere(),
    "metric_shaped": everywhere("E211"),
    "huge_header": everywhere("E216"),
    "code_in_header": everywhere("E216"),
    "pickled_array": everywhere("E216"),
    "pickled_answers": everywhere("E216"),
    "pickled_model": everywhere(),
    "pickles_for_ever": everywhere("", competition="hurry"),
    "exit_0": everywhere("E210", "ended the program before it had answered"),
    "exit_0_half_way": everywhere("E210"),
    "neighbours": everywhere("", "E217", score="chance"),
    "call_count": everywhere("", "E205", score="chance"),
    "answers_unasked": everywhere("E216"),
    "fitted_twice": everywhere("E216"),
    "endless_frame": everywhere("E216"),
    "frames_without_end": everywhere("E216"),
    "own_problem": everywhere("E216"),
    "many_events": everywhere(),
    "answers_beyond": everywhere("E2"),
    "worst_numbers": everywhere("E204"),
    "patched_worker": everywhere(),
    "patched_save": everywhere("E216"),
    "frames_between": everywhere("E216"),
    "half_a_frame": for_ever(),
    "problem_of_its_own": everywhere("E202", r"\x1b[2J"),
    "shape_that_lies": everywhere(),
    "memory_that_is_not_there": everywhere("E209", "SIGSEGV"),
    "answers_that_change": everywhere(score="chance"),
    "own_clock": everywhere(),
    "changed_job": everywhere(),
    "odd_events": everywhere(),
    "forked_answers": everywhere("|E203|E216", score="chance"),
    "answers_structured": everywhere("E211", "no numbers"),
    "answers_by_generator": everywhere("E211", "generator"),
    "answers_of_no_row": everywhere("E203", "0 answers"),
    "answers_too_wide": everywhere("E203", "1000000"),
    "answers_below_zero": everywhere("E211", "outside 0 to 3"),
    "huge_integers": everywhere("E211", "no numbers"),
    "features_of_others": everywhere(held=17),
    "long_request": everywhere("E216", "too long"),
}
ESCAPE = {
    "ipv4": Expected(held=4),
    "ipv6": Expected(held=2),
    "udp": Expected(held=1),
    "unix_socket": Expected(held=4),
    "abstract_socket": Expected(held=1),
    "dns": Expected(held=3),
    "download": Expected("E207", "network"),
    "other_sockets": Expected(held=7),
    "symbolic_links": Expected(held=3),
    "hard_links": Expected(held=3),
    "write_plugin": Expected(held=6),
    "write_data": Expected(held=7),
    "write_packages": Expected(held=6),
    "persistence": Expected(held=1, again=True),
    "shared_memory_left": Expected(held=3, again=True),
    "signal_parent": everywhere("|E209|E216|E202", log="HELD"),
    "stop_parent": everywhere("|E206|E202", competition="hurry"),
    "signal_kit": Expected(held=3),
    "kill_all": Expected("|E209|E216|E202", held=1),
    "keyring": Expected(held=3),
    "namespaces": Expected(held=8),
    "setuid": Expected(held=7),
    "devices": Expected(held=3),
    "mounts": Expected(held=8),
    "kernel": Expected(held=10),
    "kernels_settings": Expected(held=8),
    "terminal": Expected(held=5),
    "programs": Expected(held=6),
    "priority": Expected(held=5),
    "newer_calls": Expected(held=18),
    "traced_child": Expected(held=1),
    "core_dump": Expected(held=2),
}
EXHAUST = {
    "forks": everywhere("E214", "processes"),
    "orphans": everywhere(),
    "threads": everywhere("|E214|E202"),
    "memory": everywhere("E208", "at most 512 MiB"),
    "memory_of_children": everywhere("E208", "at most 512 MiB"),
    "shared_memory": Expected("E214|E208"),
    "scratch": Expected("E214|E208"),
    "temporary_files": Expected("E214|E208"),
    "sparse_file": everywhere("E214"),
    "many_files": everywhere(),
    "deep_folders": everywhere(),
    "locked_folders": everywhere(),
    "output": everywhere(log="more bytes were thrown away"),
    "open_files": everywhere("E214", "open files"),
    "processor_of_children": for_ever(),
    "sleeps": for_ever(),
    "sleeps_in_predict": for_ever(),
    "ignores_signals": for_ever(),
    "stops_itself": for_ever(),
    "never_lets_go": for_ever(),
    "waits_in_kernel": for_ever(),
    "daemon": everywhere(),
    "nameless_daemon": everywhere(),
    "stopped_children": everywhere(),
    "zombies": everywhere(),
    "fifos": everywhere(),
    "long_message": everywhere("E202"),
    "nameless_files": Expected("E208", "at most 512 MiB"),
    "shared_without_pages": Expected("E208", "at most 512 MiB"),
    "hidden_memory": Expected("E208", "at most 512 MiB"),
    "page_tables": Expected("E208", "at most 512 MiB"),
    "sockets_filled": Expected("E208", "at most 512 MiB"),
    "system_v": Expected(held=5),
    "memory_of_threads": everywhere("E208", "at most 512 MiB"),
    "threads_kept": Expected("E214|E202", "thread"),
    "files_everywhere": Expected("|E214|E208"),
    "links_and_attributes": Expected("|E214|E208"),
    "odd_names": everywhere(),
    "sessions": for_ever(),
    "own_pipe": for_ever(),
    "import_for_ever": for_ever(),
    "all_signals": for_ever(),
    "features_for_ever": for_ever(),
}
BREAK = {
    "segmentation_fault": everywhere("E209", "SIGSEGV"),
    "abort": everywhere("E209", "SIGABRT"),
    "stack_overflow": everywhere("E209|E202"),
    "exit_at_once": everywhere("E210", "exit code 3"),
    "sys_exit": everywhere("E210", "sys.exit() ends the whole run"),
    "interrupt": everywhere("E2", "KeyboardInterrupt"),
    "generator_exit": everywhere("E202", "GeneratorExit"),
    "recursion": everywhere("E202", "RecursionError"),
    "imports_itself": everywhere("E1|E2", "plugin"),
    "another_program": everywhere("E210"),
    "escapes_in_message": everywhere("E202", r"\x1b[2J"),
    "escapes_in_output": everywhere("E202", "see above"),
    "bytes_in_output": everywhere(),
    "message_that_fails": everywhere("E202", "Nasty"),
    "threads_outlive": everywhere(),
    "at_exit": everywhere(),
    "clock": for_ever(),
    "clock_to_zero": everywhere("|E2"),
    "closes_everything": everywhere("E216|E210"),
    "closes_output": everywhere(),
    "no_modules": everywhere("|E2"),
    "removes_its_folder": everywhere(),
    "limits_undone": everywhere("E214"),
    "finalizer": everywhere(),
    "error_groups": everywhere("E202"),
    "causes_in_a_circle": everywhere("E202"),
    "forked_twins": everywhere("|E216"),
    "tracing": everywhere("|E2"),
    "not_utf_8": everywhere("E106", "UTF-8"),
    "zero_bytes": everywhere("E106"),
    "deep_source": everywhere("E101"),
    "timer_ends_it": everywhere("E209", "a timer that it had set"),
    "fault_handler": everywhere("E209", "SIGSEGV"),
    "garbage_collector": everywhere(),
    "audit_hook": everywhere("E2"),
    "streams_that_end_it": everywhere("E210|E202"),
    "no_streams": everywhere(),
    "half_letters": everywhere("E202", r"\u2028"),
    "name_of_an_error": everywhere("E202", r"E\x1b[31mvil"),
    "recursion_without_limit": everywhere("E208|E209|E202"),
    "native_stack": everywhere("E209|E202"),
}
ATTACKS = {
    f"{kind}/{name}": expected
    for kind, attacks in (("read", READ), ("forge", FORGE), ("escape", ESCAPE), ("exhaust", EXHAUST), ("break", BREAK))
    for name, expected in attacks.items()
}
HONEST = (
    "arrays_of_100_mb",
    "asynchronous",
    "close_to_the_limit",
    "compiled_cache",
    "data_in_the_folder",
    "data_loader",
    "database",
    "deterministic_torch",
    "files_mapped",
    "half_precision",
    "joblib_in_threads",
    "joblib_workers",
    "logs_and_warnings",
    "many_threads",
    "matplotlib_cache",
    "nameless_memory",
    "own_interpreter",
    "package_of_modules",
    "persistent_workers",
    "pool_by_fork",
    "pool_by_forkserver",
    "pool_by_spawn",
    "pool_of_futures",
    "pools_of_executors",
    "prints_in_bulk",
    "shared_arrays",
    "sockets_within",
    "subprocesses",
    "tables_in_files",
    "temporary_files",
    "timers",
    "torch_sharing",
    "torch_threads",
)
QUICK = (
    "read/frames",
    "read/store_by_path",
    "forge/pickled_array",
    "escape/ipv4",
    "exhaust/nameless_daemon",
    "break/escapes_in_message",
)
