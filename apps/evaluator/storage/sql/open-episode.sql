insert into evaluation.episodes (episode_id, model, version, generation, reference, live, interval_low, interval_high,
  outcomes, onset_at, detected_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
