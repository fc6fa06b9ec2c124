export type { PostgresPool } from "./postgres-pool.ts";
export {
  migrate,
  migrationSql,
  type PostgresStoreOptions,
  type PostgresTableOptions,
  postgresStore,
} from "./postgres-store.ts";
