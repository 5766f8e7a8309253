// Who may import whom: the walls of docs/ARCHITECTURE.md, each with its reason. test/house/import-rules.test.ts plants a
// violation of every rule, so that none of them can go silent.
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    forbid(
      'no-circular',
      'a cycle means that two files are one, or that a third is missing',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    forbid(
      'shared-stands-alone',
      'shared/ is the foundation of both houses: it may stand on neither',
      { path: '^shared/' },
      { path: '^(worker|kiosk|test)/' },
    ),
    forbid(
      'shared-is-pure',
      'shared/ runs in workerd, Node, Electron and browsers: no platform module',
      { path: '^shared/' },
      { dependencyTypes: ['core'] },
    ),
    forbid(
      'shared-small-libraries',
      'shared/ stands on small audited libraries only; a new one is a decision',
      { path: '^shared/', pathNot: '^shared/ui/' },
      {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
        pathNot: 'node_modules/(zod|@noble/ed25519|@hpke/[^/]+|fflate|structured-headers|qr|fast-png)/',
      },
    ),
    forbid(
      'houses-never-meet',
      'the edge and the kiosk are deployed apart: what both must know is in shared/contract',
      { path: '^worker/', pathNot: '^worker/local/' },
      { path: '^kiosk/' },
    ),
    forbid(
      'local-asks-the-bridge',
      'the network on one machine starts the kiosk as a process and asks it as a screen would',
      { path: '^worker/local/' },
      { path: '^kiosk/', pathNot: '^kiosk/(bridge/contract|loopback/connect)[.]ts$' },
    ),
    forbid(
      'kiosk-never-imports-worker',
      'the edge and the kiosk are deployed apart: what both must know is in shared/contract',
      { path: '^kiosk/' },
      { path: '^worker/' },
    ),
    forbid(
      'product-never-imports-tests',
      'what is shipped may not lean on what checks it',
      { path: '^(worker|kiosk)/' },
      { path: '^test/' },
    ),
    forbid(
      'one-room-does-crypto',
      'key types, encodings and the strictness of Ed25519 are decided in one place',
      { path: '^(shared|worker|kiosk)/', pathNot: '^shared/crypto/' },
      { path: 'node_modules/(@noble|@hpke)/' },
    ),
    forbid(
      'acts-know-no-http',
      'an act takes its input and returns a Result: only routes, pages and http/ know the framework',
      { path: '^worker/', pathNot: '(^worker/(app|index)\\.ts$|^worker/http/|^worker/local/|routes\\.ts$|\\.tsx$)' },
      { path: 'node_modules/hono/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'stores-are-handed-in',
      'only deps.ts builds a store; an act names the least it needs as a type',
      { path: '^worker/', pathNot: '^worker/(deps\\.ts$|store/|local/|index\\.ts$|logins/)' },
      {
        path: '^worker/store/',
        pathNot: '^worker/store/(shard-map|person-index|journal|vault)\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    ),
    forbid(
      'authn-knows-no-openid',
      'authn answers {subject, acr, amr, authTime}; who asked is not its business',
      { path: '^worker/authn/' },
      { path: '^worker/openid/' },
    ),
    forbid(
      'the-edge-is-not-node',
      'only worker/local runs on Node; the rest runs in workerd',
      { path: '^worker/', pathNot: '^worker/local/' },
      { dependencyTypes: ['core'], pathNot: '^(cloudflare:|node:async_hooks)' },
    ),
    forbid(
      'the-edge-never-imports-local',
      'worker/local is the network on one machine, not part of what is deployed',
      { path: '^worker/', pathNot: '^worker/local/' },
      { path: '^worker/local/' },
    ),
    forbid(
      'core-knows-no-electron',
      'the kiosk core runs and is tested without Electron',
      { path: '^(kiosk/(core|bridge|loopback|renderer)|shared|worker)/' },
      { path: 'node_modules/electron/' },
    ),
    forbid(
      'renderer-asks-the-bridge',
      'a screen sees the bridge contract and the foundation, and nothing else of the kiosk',
      { path: '^kiosk/renderer/' },
      { path: '^kiosk/', pathNot: '^kiosk/(renderer/|bridge/)' },
    ),
    forbid(
      'biometrics-stay-in-their-rooms',
      'templates exist at the devices, in activation, in the import that enrols them, and nowhere else',
      {
        path: '^(worker|kiosk)/',
        pathNot: '^(worker/(activation|registry|local/population|local/demo)|kiosk/core/(devices|activation))',
      },
      { path: '^shared/biometric/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'the-page-has-its-camera',
      'html5-qrcode gives the browser page its camera and is used nowhere else',
      { path: '^(shared|kiosk|worker)/', pathNot: '^worker/verifier/app/' },
      { path: 'node_modules/html5-qrcode/' },
    ),
    forbid(
      'no-rooms-without-a-subject',
      'a function without a room shows that a room is missing',
      {},
      { path: '/(utils|helpers|common|services|types|lib|misc)(/|[.]ts$)', pathNot: 'node_modules' },
    ),
    forbid(
      'everything-resolves',
      'an import that does not resolve is a check that does not check',
      { pathNot: '^test/worker/' },
      { couldNotResolve: true, pathNot: '^cloudflare:' },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'test/tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^dist/|^\\.state/|^test/vectors/|\\.wasm$|\\.css$)' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'workerd', 'browser', 'default', 'types'],
    },
  },
};
