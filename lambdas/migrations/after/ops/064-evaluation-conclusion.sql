-- What the last step of an evaluation needs: how much a figure rests on, and whether its end was told to everyone.

-- What a goal's fewest samples are compared with: trials of a proportion, questions, cases, or rows with a score.
alter table evaluation_metric add column samples integer not null default 0;

-- When CloudWatch, MLflow and the event bus knew how it ended; null until all of them do, so that a retry tells them.
alter table evaluation add column announced_at timestamptz;
