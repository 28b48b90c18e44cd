-- What was asked for, before it was completed: the same wish with the same key is the same evaluation, also when the
-- configuration has changed in between.

alter table evaluation add column wish jsonb not null default '{}';

-- Evaluations that are under way are looked for with every start.
create index evaluation_under_way on evaluation (requested_at) where status in ('queued', 'running');
