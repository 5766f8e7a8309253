// The edge's Ed25519 for codes: the platform's, and tables for the few keys that sign all of them. One for the isolate.

import { webEd25519 } from '../../shared/crypto/ed25519.ts';
import compiled from '../../shared/crypto/ed25519-tables/ed25519-tables.wasm';
import { tableEd25519 } from '../../shared/crypto/table-ed25519.ts';

export const edgeEd25519 = tableEd25519(compiled, webEd25519, {
  onDisagreement: () => console.error('ed25519_tables_disagree'),
});
