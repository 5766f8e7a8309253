// The platform's names that a Node test meets when it imports a pure part of the edge; Node tests never have the things themselves.
type D1Database = import('@cloudflare/workers-types/experimental').D1Database;
type D1PreparedStatement = import('@cloudflare/workers-types/experimental').D1PreparedStatement;
type R2Bucket = import('@cloudflare/workers-types/experimental').R2Bucket;
