# tries to kill the kit that scores it
import os
import signal

from arsenal import FACTS, attempt, other_processes, predict


def fit(train):
    attempt("kit", lambda: [os.kill(pid, signal.SIGKILL) or pid for pid in other_processes(f"plugins/{FACTS['name']}")])
    attempt("victim", lambda: os.kill(FACTS["victim"], signal.SIGKILL) or "killed")
    attempt("victim, stopped", lambda: os.kill(FACTS["victim"], signal.SIGSTOP) or "stopped")
    return 0
