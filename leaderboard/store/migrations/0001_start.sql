-- Times are REAL unix seconds, UTC, by the database's clock. Blobs are bytes under objects/<sha256>.

create table meta (key text primary key, value text not null) strict;
insert into meta (key, value) values ('counter', '0');   -- last number given to a submission or a local run

create table teams (
    id          integer primary key,
    competition text not null,
    name        text not null,
    nickname    text,
    kind        text not null default 'team' check (kind in ('team', 'baseline', 'human')),
    created_at  real not null,
    unique (competition, name)
) strict;

create table blobs (
    sha256     text primary key,
    size       integer not null,
    media_type text not null,
    created_at real not null
) strict;

-- ids come from the counter that local runs share (meta 'counter'): r6, s412
create table submissions (
    id                       integer primary key,
    competition              text not null,
    team_id                  integer not null references teams (id),
    entrant_id               integer,
    kind                     text not null check (kind in ('csv', 'plugin')),
    name                     text not null,             -- as the entrant calls it: my_cnn, preds.csv
    blob_sha256              text not null references blobs (sha256),
    state                    text not null check (state in ('queued', 'running', 'scored', 'failed', 'cancelled')),
    reason_code              text,
    message                  text,                      -- JSON of a Problem, for the entrant
    client_key               text,                      -- makes a repeated request the same submission
    received_at              real not null,
    claimed_at               real,
    finished_at              real,
    late                     integer not null default 0,
    selected                 integer not null default 0,
    -- what a run leaves behind, each a blob
    predictions_sha256       text references blobs (sha256),   -- of the test rows, parsed
    train_predictions_sha256 text references blobs (sha256),
    valid_predictions_sha256 text references blobs (sha256),
    model_sha256             text references blobs (sha256),   -- opaque; opened only inside a sandbox
    run_sha256               text references blobs (sha256),   -- run.json: parameters, log by epoch, seed, versions, times
    log_sha256               text references blobs (sha256),   -- what the entrant's code printed
    valid_score              real
) strict;
create index submissions_by_team on submissions (competition, team_id);
create index submissions_by_bytes on submissions (competition, blob_sha256);
create unique index submissions_by_client_key on submissions (competition, team_id, client_key) where client_key is not null;

-- a refused file leaves this and nothing else
create table refusals (
    id          integer primary key,
    competition text not null,
    team_id     integer references teams (id),
    at          real not null,
    size        integer not null,
    sha256      text not null,
    codes       text not null                            -- JSON list
) strict;
create index refusals_by_team on refusals (competition, team_id);

create table jobs (
    id               integer primary key,
    submission_id    integer not null references submissions (id),
    kind             text not null check (kind in ('score', 'run')),
    priority         integer not null default 0,
    cpus             integer not null,
    gpus             integer not null,
    memory_mib       integer not null,
    time_limit_s     real not null,
    state            text not null check (state in ('queued', 'running', 'scored', 'failed', 'cancelled')),
    attempts         integer not null default 0,
    max_attempts     integer not null default 3,
    worker           text,
    token            text,
    lease_until      real,
    cancel_requested integer not null default 0,
    progress         text,                               -- JSON of a Progress
    queued_at        real not null,
    started_at       real,
    finished_at      real,
    reason           text
) strict;
-- two partial indexes: one condition "queued or expired" would scan the finished jobs
create index jobs_queued on jobs (priority desc, id) where state = 'queued';
create index jobs_running on jobs (lease_until) where state = 'running';
create index jobs_by_submission on jobs (submission_id);

create table attempts (
    id         integer primary key,
    job_id     integer not null references jobs (id),
    n          integer not null,
    worker     text not null,
    token      text not null,
    started_at real not null,
    ended_at   real,
    exit       text,
    usage      text                                      -- JSON of a Usage
) strict;
create index attempts_by_job on attempts (job_id);
create unique index attempts_by_token on attempts (token);

create table scores (
    submission_id   integer not null references submissions (id),
    metric_code     text not null,
    metric_version  integer not null,
    solution_sha256 text not null,
    environment     text not null,
    part            text not null check (part in ('public', 'private')),
    value           real not null,
    interval_lo     real not null,
    interval_hi     real not null,
    n               integer not null,                    -- rows the score stands on
    terms_sha256    text not null references blobs (sha256),
    job_token       text not null,
    created_at      real not null,
    primary key (submission_id, metric_code, metric_version, solution_sha256, environment, part)
) strict;

create table events (
    id     integer primary key,
    at     real not null,
    actor  text not null,
    action text not null,
    object text not null,
    detail text not null default '{}'                    -- JSON
) strict;
create index events_by_object on events (object, action);

create table workers (
    name       text primary key,
    started_at real not null,
    seen_at    real not null,
    capacity   text not null,
    version    text not null
) strict;
