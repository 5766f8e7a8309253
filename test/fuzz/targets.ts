// Every decoder's and parser's property in one list, for long runs. The tests run the same ones, shorter.
import { credentialFuzzTargets } from './credential.ts';
import { detachedHeaderTargets } from './detached-header.ts';
import { deviceFileTargets } from './device-files.ts';
import { ed25519TableTargets } from './ed25519-tables.ts';
import { fingerImageTargets } from './finger-image.ts';
import { fingerTemplateTargets } from './finger-template.ts';
import { forkTargets } from './forks.ts';
import { httpSignatureTargets } from './http-signature.ts';
import { importLineTargets } from './import-lines.ts';
import { journalTargets } from './journal.ts';
import { jpegTargets } from './jpeg.ts';
import { jpeg2000Targets } from './jpeg2000.ts';
import { listFileTargets } from './list-file.ts';
import { loginFrameTargets } from './login-frame.ts';
import { networkTargets } from './network.ts';
import { openidTextTargets } from './openid-texts.ts';
import { pngTargets } from './png.ts';
import { readerTargets } from './readers.ts';
import { sbiTargets } from './sbi.ts';
import { sdJwtTargets } from './sd-jwt.ts';
import { sealedRootTargets } from './sealed-roots.ts';
import { signedListTargets } from './signed-lists.ts';
import type { FuzzTarget } from './target.ts';
import { verifyRequestTargets } from './verify-request.ts';

export const targets = [
  ...credentialFuzzTargets,
  ...detachedHeaderTargets,
  ...deviceFileTargets,
  ...ed25519TableTargets,
  ...fingerImageTargets,
  ...fingerTemplateTargets,
  ...forkTargets,
  ...httpSignatureTargets,
  ...importLineTargets,
  ...jpegTargets,
  ...jpeg2000Targets,
  ...journalTargets,
  ...listFileTargets,
  ...loginFrameTargets,
  ...networkTargets,
  ...openidTextTargets,
  ...pngTargets,
  ...readerTargets,
  ...sbiTargets,
  ...sdJwtTargets,
  ...sealedRootTargets,
  ...signedListTargets,
  ...verifyRequestTargets,
] as readonly FuzzTarget[];
