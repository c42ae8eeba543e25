-- What an agent did in its best, median and worst public episode: a blob.
alter table submissions add column replay_sha256 text references blobs (sha256);
