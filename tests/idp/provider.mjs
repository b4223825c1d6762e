// One authorization server: node-oidc-provider with every method, algorithm and feature that the tool speaks, set up so
// that it insists on what the RFCs let it insist on.

import { X509Certificate } from 'node:crypto';

import Provider, { errors } from 'oidc-provider';

import { CLIENTS, registration } from './clients.mjs';
import { addGrants } from './grants.mjs';

/** APIs by identifier, with the form of their tokens. */
export const APIS = { 'https://api.example.com/jwt': 'jwt', 'https://api.example.com/opaque': 'opaque' };

const METHODS = [...new Set(CLIENTS.map((client) => client.method))];
const ASYMMETRIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'];

/**
 * A provider for this issuer. `dpop` is `off`, `on` or `nonce`; with `strictAudience` an assertion must be for the issuer
 * alone, as a string (CVE-2025-27370).
 */
export function createProvider(issuer, pki, { dpop = 'on', strictAudience = false } = {}) {
  const provider = new Provider(issuer, {
    adapter: storage(),
    clients: CLIENTS.map((row) => registration(row, pki)),
    clientDefaults: { id_token_signed_response_alg: 'ES256', redirect_uris: [], response_types: [] },
    jwks: { keys: [pki.privateJwk('server-signing', { alg: 'ES256', use: 'sig', kid: 'server' })] },
    cookies: { keys: ['no cookie is ever set'] },
    scopes: ['offline_access', 'api:read', 'api:write'],
    clientAuthMethods: METHODS,
    enabledJWA: {
      clientAuthSigningAlgValues: ['HS256', 'HS384', 'HS512', ...ASYMMETRIC],
      dPoPSigningAlgValues: ASYMMETRIC,
    },
    ttl: { AccessToken: 600, ClientCredentials: 600, Grant: 3600, RefreshToken: 3600 },
    rotateRefreshToken: true,
    findAccount: (ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    assertJwtClientAuthClaimsAndHeader: (ctx, claims) => {
      if (strictAudience && claims.aud !== issuer) throw new errors.InvalidClientAuth('aud is not the issuer as a string');
    },
    features: features(dpop),
  });
  addGrants(provider, {
    'https://issuer.example': pki.publicJwk('assertion-issuer'),
    'key-for-grants': pki.publicJwk('p256'),
    'robot@project.example': pki.publicJwk('rsa'),
  });
  return provider;
}

function features(dpop) {
  return {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens: true,
      tlsClientAuth: true,
      selfSignedTlsClientAuth: true,
      getCertificate: (ctx) => ctx.socket.getPeerX509Certificate?.(),
      certificateAuthorized: (ctx) => ctx.socket.authorized,
      certificateSubjectMatches: (ctx, property, expected) => hasName(ctx.socket.getPeerX509Certificate(), property, expected),
    },
    dPoP: {
      enabled: dpop !== 'off',
      ...(dpop === 'nonce' && { nonceSecret: Buffer.alloc(32, 'nonce'), requireNonce: () => true }),
    },
    resourceIndicators: { enabled: true, defaultResource: () => undefined, getResourceServerInfo: api },
  };
}

function api(ctx, identifier) {
  const format = APIS[identifier];
  if (!format) throw new errors.InvalidTarget();
  return { scope: 'read write', accessTokenFormat: format, ...(format === 'jwt' && { jwt: { sign: { alg: 'ES256' } } }) };
}

// How node writes each kind of name.
const NAMES = {
  tls_client_auth_san_dns: 'DNS:',
  tls_client_auth_san_uri: 'URI:',
  tls_client_auth_san_ip: 'IP Address:',
  tls_client_auth_san_email: 'email:',
};

/** Whether the certificate is for this name (RFC 8705 section 2.1.2). */
function hasName(certificate, property, expected) {
  const { subject, subjectAltName = '' } = new X509Certificate(certificate.raw);
  if (property === 'tls_client_auth_subject_dn') return subject.split('\n').reverse().join(',') === expected;
  return subjectAltName.split(', ').includes(`${NAMES[property]}${expected}`);
}

/** Keeps everything in memory, for this provider alone. */
function storage() {
  const kept = new Map();
  return class {
    constructor(model) {
      this.key = (id) => `${model}:${id}`;
    }

    async upsert(id, payload) {
      kept.set(this.key(id), payload);
    }

    async find(id) {
      return kept.get(this.key(id));
    }

    async consume(id) {
      kept.get(this.key(id)).consumed = Math.floor(Date.now() / 1000);
    }

    async destroy(id) {
      kept.delete(this.key(id));
    }

    async revokeByGrantId(grantId) {
      for (const [key, payload] of kept) if (payload.grantId === grantId) kept.delete(key);
    }
  };
}
