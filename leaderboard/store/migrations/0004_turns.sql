-- Whose turn it is: the last claim of a team, by its name, whatever the competition.
create index teams_by_name on teams (name);
create index submissions_by_turn on submissions (team_id, claimed_at);
