/** The superuser of the benchmark's Postgres. */
export const superuser = 'postgres'

/** What differs from the local stack's: the memory of a small server, and fewer checkpoints while loading. */
export const postgresSettings: Readonly<Record<string, string | number>> = {
  shared_buffers: '2GB',
  effective_cache_size: '6GB',
  maintenance_work_mem: '512MB',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
  max_connections: 50,
  timezone: 'UTC',
}
