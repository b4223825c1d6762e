// The clients that are registered with the authorization server, and what each of them has to show. One row is one
// client: `id`, `method`, and by method `secret`, `key` (a name in pki.mjs) and `alg`, or `cert`; the rest is for the
// server's registration.

const SECRET = 'a-secret-of-more-than-sixty-four-bytes-for-HS512-0123456789-0123456789';
const ODD_SECRET = ' !"#$%&\'()*+,-./0:;<=>?@A[\\]^_`a{|}~';

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

const GRANTS = ['refresh_token', JWT_BEARER, TOKEN_EXCHANGE];

// What a client is registered with, beside its method.
const CERT_BOUND = { tls_client_certificate_bound_access_tokens: true };
const DPOP_BOUND = { dpop_bound_access_tokens: true };
const DN = { tls_client_auth_subject_dn: 'CN=service one,O=Example,C=DE' };
const OTHER_DN = { tls_client_auth_subject_dn: 'CN=service two,O=Example' };
const DNS = { tls_client_auth_san_dns: 'client.example' };
const URI = { tls_client_auth_san_uri: 'spiffe://example.org/client' };
const IP = { tls_client_auth_san_ip: '192.0.2.7' };
const EMAIL = { tls_client_auth_san_email: 'client@example.org' };

const SHARED_SECRETS = [
  { id: 'basic', method: 'client_secret_basic', secret: SECRET, registered: { scope: 'api:read' } },
  { id: 'post', method: 'client_secret_post', secret: SECRET },
  { id: 'hs256', method: 'client_secret_jwt', alg: 'HS256', secret: SECRET },
  { id: 'hs384', method: 'client_secret_jwt', alg: 'HS384', secret: SECRET },
  { id: 'hs512', method: 'client_secret_jwt', alg: 'HS512', secret: SECRET },
  { id: 'basic-for-grants', method: 'client_secret_basic', secret: SECRET, registered: { grant_types: GRANTS } },
];

// RFC 6749 section 2.3.1 and appendix B: these survive form-encoding, and nothing else would do.
const ODD_CHARACTERS = [
  { id: 'id:with:colons', method: 'client_secret_basic', secret: 'secret:with:colons' },
  { id: '100%25', method: 'client_secret_basic', secret: '%41%zz%' },
  { id: 'a+b', method: 'client_secret_basic', secret: '+1+2+' },
  { id: 'two words', method: 'client_secret_basic', secret: ' a space on either side ' },
  { id: 'https://app.example/x', method: 'client_secret_basic', secret: 'a/b//c/' },
  { id: 'a&b=c', method: 'client_secret_basic', secret: 'x=1&y=2&&==' },
  { id: 'it\'s "quoted"', method: 'client_secret_basic', secret: '\'"`\\\'"' },
  { id: 'sb-name!b1|app!b2', method: 'client_secret_basic', secret: '0f-1e$Abc_=#not-a-comment' },
  { id: '~all-._~', method: 'client_secret_basic', secret: ODD_SECRET },
  { id: 'post:%+ /&="\'$#', method: 'client_secret_post', secret: ODD_SECRET },
  { id: 'jwt:%+ /&="\'$#', method: 'client_secret_jwt', alg: 'HS256', secret: ODD_SECRET },
];

const SIGNING_KEYS = [
  { id: 'rs256', method: 'private_key_jwt', alg: 'RS256', key: 'rsa' },
  { id: 'rs384', method: 'private_key_jwt', alg: 'RS384', key: 'rsa' },
  { id: 'rs512', method: 'private_key_jwt', alg: 'RS512', key: 'rsa' },
  { id: 'ps256', method: 'private_key_jwt', alg: 'PS256', key: 'rsa' },
  { id: 'ps384', method: 'private_key_jwt', alg: 'PS384', key: 'rsa' },
  { id: 'ps512', method: 'private_key_jwt', alg: 'PS512', key: 'rsa' },
  { id: 'es256', method: 'private_key_jwt', alg: 'ES256', key: 'p256' },
  { id: 'es384', method: 'private_key_jwt', alg: 'ES384', key: 'p384' },
  { id: 'eddsa', method: 'private_key_jwt', alg: 'EdDSA', key: 'ed25519' },
  { id: 'key:%+ /&="\'$#', method: 'private_key_jwt', alg: 'ES256', key: 'p256' },
  // Keys are being replaced: the old one and the next are registered, and told apart by `kid` alone.
  { id: 'rotating', method: 'private_key_jwt', alg: 'RS256', key: 'rsa', keys: { 2024: 'rsa', 2025: 'rsa-next' } },
  { id: 'key-for-grants', method: 'private_key_jwt', alg: 'ES256', key: 'p256', registered: { grant_types: GRANTS } },
];

const CERTIFICATES = [
  { id: 'tls-dn', method: 'tls_client_auth', cert: 'client-dn', registered: DN },
  { id: 'tls-dn-rsa', method: 'tls_client_auth', cert: 'client-dn-rsa', registered: OTHER_DN },
  { id: 'tls-dns', method: 'tls_client_auth', cert: 'client-dns', registered: DNS },
  { id: 'tls-uri', method: 'tls_client_auth', cert: 'client-uri', registered: URI },
  { id: 'tls-ip', method: 'tls_client_auth', cert: 'client-ip', registered: IP },
  { id: 'tls-email', method: 'tls_client_auth', cert: 'client-email', registered: EMAIL },
  { id: 'tls-bound', method: 'tls_client_auth', cert: 'client-dn', registered: { ...DN, ...CERT_BOUND } },
  { id: 'self-signed', method: 'self_signed_tls_client_auth', cert: 'self-signed' },
  { id: 'self-signed-rsa', method: 'self_signed_tls_client_auth', cert: 'self-signed-rsa' },
  { id: 'self-signed-bound', method: 'self_signed_tls_client_auth', cert: 'self-signed', registered: CERT_BOUND },
];

// A certificate or a DPoP key beside another proof: the token is bound to it.
const BOUND = [
  { id: 'basic-cert-bound', method: 'client_secret_basic', secret: SECRET, registered: CERT_BOUND },
  { id: 'key-cert-bound', method: 'private_key_jwt', alg: 'ES256', key: 'p256', registered: CERT_BOUND },
  { id: 'basic-dpop-bound', method: 'client_secret_basic', secret: SECRET, registered: DPOP_BOUND },
  { id: 'key-dpop-bound', method: 'private_key_jwt', alg: 'ES256', key: 'p256', registered: DPOP_BOUND },
];

const PUBLIC = [
  { id: 'public', method: 'none' },
  { id: 'public:%+ /&="\'$#', method: 'none' },
  { id: 'public-for-grants', method: 'none', registered: { grant_types: GRANTS } },
];

export const CLIENTS = [...SHARED_SECRETS, ...ODD_CHARACTERS, ...SIGNING_KEYS, ...CERTIFICATES, ...BOUND, ...PUBLIC];

// Characters beyond ASCII are not in RFC 6749's grammar and the provider registers none, but appendix B says how they
// are spelled; a small endpoint of server.mjs knows this client.
export const BEYOND_ASCII = { id: 'clé:ö%', secret: 'sécrèt é+ 日本' };

/** The row of this client. */
export function client(id) {
  const row = CLIENTS.find((row) => row.id === id);
  if (!row) throw new Error(`no such client: ${id}`);
  return row;
}

/** What the server knows of a client (RFC 7591 section 2). */
export function registration(row, pki) {
  return {
    client_id: row.id,
    token_endpoint_auth_method: row.method,
    grant_types: ['client_credentials'],
    ...(row.secret && { client_secret: row.secret }),
    ...(row.alg && { token_endpoint_auth_signing_alg: row.alg }),
    ...(publicKeys(row, pki) && { jwks: { keys: publicKeys(row, pki) } }),
    ...row.registered,
  };
}

function publicKeys(row, pki) {
  if (row.keys) return Object.entries(row.keys).map(([kid, name]) => pki.publicJwk(name, { kid }));
  if (row.key) return [pki.publicJwk(row.key)];
  if (row.method === 'self_signed_tls_client_auth') return [pki.certificateJwk(row.cert)];
  return undefined;
}

/** The variables that a person would set for this client. */
export function settings(row, pki) {
  const variables = {
    OAUTH_CLIENT_ID: row.id,
    OAUTH_CLIENT_SECRET: row.secret,
    OAUTH_ALGORITHM: row.alg,
    OAUTH_SIGNING_KEY_FILE: row.key && pki.key(row.key),
    OAUTH_KEY_ID: row.keys && Object.keys(row.keys)[0],
    OAUTH_CERT: row.cert && pki.cert(row.cert),
    OAUTH_KEY: row.cert && pki.key(row.cert),
    OAUTH_AUTH_METHOD: row.method,
  };
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined));
}
