// The Worker under a name of its own. Before the default entrypoint of a Worker with assets Miniflare puts two Workers (its stand-ins for
// Cloudflare's asset routing), and they cost more than ours; a named entrypoint is reached on plain workerd. Never deployed.
// biome-ignore-all lint/performance: the classes of Durable Objects must be exported by the entry, whatever they are.
export * from '../index.ts';
export { default as plain } from '../index.ts';
