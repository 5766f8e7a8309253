// What the issuer publishes, and where the bytes are; the space of status indices. Pure: the store and the routes lean on it.

/** `status_deltas`: its version is the sequence of the nation's statuses; `status_snapshot` is one of those states, whole. */
export type PublicationKind = 'trust_list' | 'status_list' | 'status_snapshot' | 'status_deltas';

/** Where the current bytes of a kind are; `customMetadata.version` says which they are. */
export const publicFile: Readonly<Record<PublicationKind, string>> = {
  trust_list: 'public/trust-list',
  status_list: 'public/status-list',
  status_snapshot: 'public/status-snapshot',
  status_deltas: 'public/status-deltas',
};

/** Indices of the one list: 2 bits each, 8 MiB unpacked. 28 million people fill it to five sixths. */
export const statusSpace = 2 ** 25;
