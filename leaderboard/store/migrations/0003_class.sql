-- The class: who is on its roster, in which team, and with which token. All times as in 0001.

-- A team is of the class. In each competition its row of `teams` has its handle for a name, and is made with its first
-- submission. The handle stays; it says nothing about who the team is.
create table class_teams (
    id         integer primary key,
    handle     text not null unique,                     -- calm-lynx
    label      text not null default '',                 -- how the roster calls a team of several; '' for one of its own
    nickname   text,                                     -- chosen by the team
    created_at real not null
) strict;
create unique index class_teams_by_label on class_teams (label) where label <> '';

create table entrants (
    id         integer primary key,
    team_id    integer not null references class_teams (id),
    name       text not null,
    email      text not null default '',
    external   text not null default '{}',               -- JSON: columns of the file they came from, for exports
    claimed_at real,                                     -- when somebody joined under this name
    created_at real not null,
    removed_at real
) strict;
create index entrants_by_team on entrants (team_id);

create table tokens (
    id           integer primary key,
    hash         text not null unique,                   -- sha256 of the token; the token itself is nowhere here
    role         text not null check (role in ('student', 'host')),
    entrant_id   integer references entrants (id),
    label        text not null default '',
    created_at   real not null,
    expires_at   real,
    last_used_at real,
    revoked_at   real
) strict;
create index tokens_by_entrant on tokens (entrant_id);

-- what lets a host in once
create table codes (
    hash       text primary key,
    created_at real not null,
    expires_at real not null,
    used_at    real
) strict;

alter table submissions add column made_at real;         -- by the sender's clock, where it waited on the way
