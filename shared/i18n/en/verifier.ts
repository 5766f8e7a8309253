// The verifier page of the edge: a business at a counter or gate, with a phone or a computer.
import { formatAge } from '../format.ts';

export const verifier = {
  title: 'Check an identity code',
  lead: 'Scan the code and see at once whether it is real and still valid. The check is made on this device: nothing about the holder leaves it.',
  idle: 'The verdict appears here',
  idleHint: 'Scan a code with the camera, choose a picture of it, or paste its text.',
  next: 'Check another code',
  checking: 'Checking',
  contexts: {
    label: 'Where are you checking?',
    counter: 'At a counter',
    gate: 'At a gate',
    age: 'Only the age',
    border: 'At a border',
  },
  lists: {
    loading: 'Fetching the lists to check against',
    ready: (seconds: number) => `List of revocations updated ${formatAge('en', seconds)}`,
    offline: (seconds: number) => `No network: checking with a list of revocations updated ${formatAge('en', seconds)}`,
    slow: 'The network is slow. The lists are still on their way.',
    missing: {
      what: 'The lists to check against are not here yet',
      next: 'Connect to the network and try again. Without them nothing can be accepted.',
    },
    refused: {
      what: 'The lists that came are not signed as they must be',
      next: 'Do not rely on this page. Reload it, and report this if it happens again.',
    },
    forked: {
      what: 'Two different lists carry the same number',
      next: 'Nothing is accepted here until the authority has settled it. Tell it at once: somebody may be signing false lists.',
    },
    refresh: 'Update the lists',
  },
  coming: 'This page is on its way. On a slow line the first visit can take half a minute.',
  noScript:
    'This page needs JavaScript: the check is made in your browser, so that nothing about the holder leaves it.',
};
