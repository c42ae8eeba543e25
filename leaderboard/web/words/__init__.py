"""Every word that the class board says and that stands in no template: one module for each group of pages.

Whoever translates the board works on these files and on ``templates/``; nowhere else in `leaderboard.web` may a
sentence stand, which a test sees to. A function holds a sentence with the values in it and decides about its plural and
nothing else; what is said of whom is decided by whoever calls it.

Not here are the words that the board shares with the command line, which has to say the same: errors of `kit` and of
`leaderboard` (each a `kit.errors.Problem`), and the dates, verdicts and lines of the audit that both of them show.
"""
