// What issuers say of themselves, in every way in which it is met: one row is one issuer under /issuers/, whose metadata
// is that of the provider at the root with something changed. An answer that is no metadata is `raw`.

// Where metadata may be: RFC 8414 puts the well-known part before the issuer's path, OpenID Connect after it.
const BEFORE = (path) => `/.well-known/oauth-authorization-server${path}`;
const AFTER = (path) => `${path}/.well-known/openid-configuration`;

/** Issuers by name. `changes` gets the addresses of the servers; a change to `undefined` takes the member away. */
const ISSUERS = {
  'rfc8414-only': { places: [BEFORE] },
  'oidc-only': { places: [AFTER] },
  // The second place must not be asked, nor believed, where the first answers.
  both: { places: [BEFORE], raw: { [AFTER('/issuers/both')]: [200, '{"issuer":"https://evil.example"}'] } },
  nowhere: { places: [] },
  'other-issuer': { changes: () => ({ issuer: 'https://other.example' }) },
  'with-slash': { changes: ({ issuer }) => ({ issuer: `${issuer}/` }) },
  'slash/': {},
  'slash-lost/': { changes: ({ issuer }) => ({ issuer: issuer.replace(/\/$/, '') }) },
  'upper-case': { changes: ({ issuer }) => ({ issuer: issuer.replace('localhost', 'LOCALHOST') }) },
  'no-issuer': { changes: () => ({ issuer: undefined }) },
  'no-endpoint': { changes: () => ({ token_endpoint: undefined }) },
  'plain-http-endpoint': { changes: () => ({ token_endpoint: 'http://auth.example.com/token' }) },
  alias: { changes: ({ mtls }) => ({ mtls_endpoint_aliases: at(mtls) }) },
  'asks-for-certificates': { changes: ({ mtls }) => ({ issuer: `${mtls}/issuers/asks-for-certificates`, ...at(mtls) }) },
  'post-only': { changes: () => methods('client_secret_post') },
  'jwt-only': { changes: () => methods('private_key_jwt') },
  'tls-only': { changes: ({ mtls }) => ({ ...methods('tls_client_auth'), ...at(mtls) }) },
  'self-signed-only': { changes: ({ mtls }) => ({ ...methods('self_signed_tls_client_auth'), ...at(mtls) }) },
  'secret-jwt-only': { changes: () => methods('client_secret_jwt') },
  'everything-for-secrets': { changes: () => methods('client_secret_jwt', 'client_secret_post', 'client_secret_basic') },
  'no-list': { changes: () => methods() },
  ps256: { changes: () => ({ token_endpoint_auth_signing_alg_values_supported: ['ES256', 'PS256'] }) },
  html: { raw: [200, '<!doctype html><title>Sign in</title>'] },
  moved: { raw: [302, '', { Location: 'https://elsewhere.example/metadata' }] },
  denied: { raw: [403, '{"error":"access_denied"}'] },
  unwell: { raw: [503, '', { 'Retry-After': '0' }] },
};

const at = (origin) => ({ token_endpoint: `${origin}/token` });
const methods = (...list) => ({ token_endpoint_auth_methods_supported: list.length ? list : undefined });

/** Every answer by its path: `[status, body, headers]`. `root` is the metadata of the provider at the root. */
export function metadataAnswers(root, { url, mtls }) {
  const rows = Object.entries(ISSUERS).map(([name, row]) => answersOf(name, row, root, { url, mtls }));
  return Object.assign({}, ...rows);
}

function answersOf(name, { places = [BEFORE, AFTER], changes = () => ({}), raw }, root, { url, mtls }) {
  const path = `/issuers/${name}`;
  const issuer = `${url}${path}`;
  const document = JSON.stringify({ ...root, issuer, ...changes({ issuer, mtls }) });
  const answer = Array.isArray(raw) ? raw : [200, document];
  const answers = Object.fromEntries(places.map((place) => [place(path.replace(/\/$/, '')), answer]));
  return Array.isArray(raw) ? answers : { ...answers, ...raw };
}
