-- What every look at a board asks: how many submissions have a score, and which ones their teams have chosen.
create index submissions_by_state on submissions (competition, state);
create index submissions_chosen on submissions (competition) where selected;
