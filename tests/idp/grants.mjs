// Two grants that the provider does not have by itself: JWT assertions (RFC 7523) and token exchange (RFC 8693). Small,
// and strict: what the RFCs say that a server must refuse is refused.

import { errors } from 'oidc-provider';

import { JWT_BEARER, TOKEN_EXCHANGE } from './clients.mjs';
import { decode, verify } from './jwt.mjs';

const { InvalidGrant, InvalidRequest, InvalidTarget } = errors;

const TYPE = 'urn:ietf:params:oauth:token-type:';
const LONGEST_LIFETIME = 300;

// What token exchange reads of a request, and which of it may be there more than once (RFC 8693 section 2.1).
const TOKENS = ['subject_token', 'subject_token_type', 'actor_token', 'actor_token_type', 'requested_token_type'];
const REPEATABLE = ['audience', 'resource'];
const EXCHANGE_PARAMETERS = [...TOKENS, 'scope', ...REPEATABLE];

/** Adds both grants. `issuers` are the public JWKs of those whose assertions are believed, by `iss`. */
export function addGrants(provider, issuers) {
  const used = new Set();
  const believe = (jwt, audiences) => checked(jwt, { issuers, audiences, used });
  provider.registerGrantType(JWT_BEARER, (ctx, next) => jwtBearer(ctx, next, believe), ['assertion', 'scope']);
  const exchange = (ctx, next) => tokenExchange(ctx, next, believe);
  provider.registerGrantType(TOKEN_EXCHANGE, exchange, EXCHANGE_PARAMETERS, REPEATABLE);
}

async function jwtBearer(ctx, next, believe) {
  const { assertion } = ctx.oidc.params;
  if (!assertion) throw new InvalidRequest('no assertion');
  const claims = believe(assertion, audiences(ctx));
  const { scope } = ctx.oidc.params;
  ctx.body = { ...(await issue(ctx, { sub: claims.sub })), sub: claims.sub, scope, claims };
  await next();
}

async function tokenExchange(ctx, next, believe) {
  const { params } = ctx.oidc;
  const subject = await owner(ctx, params.subject_token, params.subject_token_type, believe);
  const actor = params.actor_token && (await owner(ctx, params.actor_token, params.actor_token_type, believe));
  if (!params.actor_token && params.actor_token_type) throw new InvalidRequest('actor_token_type without actor_token');
  for (const resource of [params.resource ?? []].flat()) {
    if (!resource.startsWith('https://api.example.com/')) throw new InvalidTarget();
  }
  const requested = params.requested_token_type ?? `${TYPE}access_token`;
  ctx.body = {
    ...(await issue(ctx, { sub: subject, act: actor })),
    issued_token_type: requested,
    // What is no access token is of no type that an API could be shown (section 2.2.1).
    ...(requested !== `${TYPE}access_token` && { token_type: 'N_A' }),
    sub: subject,
    act: actor,
  };
  await next();
}

/** Whose token this is. */
async function owner(ctx, token, type, believe) {
  if (!token || !type) throw new InvalidRequest('a token without its type, or a type without its token');
  if (type === `${TYPE}jwt`) return believe(token, audiences(ctx)).sub;
  if (type !== `${TYPE}access_token`) throw new InvalidRequest(`no such token type: ${type}`);
  const found = await ctx.oidc.provider.ClientCredentials.find(token);
  if (!found) throw new InvalidRequest('no such access token');
  return found.clientId;
}

/** The claims of an assertion, if section 3 of RFC 7523 lets a server believe it. */
function checked(jwt, { issuers, audiences, used }) {
  const now = Math.floor(Date.now() / 1000);
  const claims = signedClaims(jwt, issuers);
  const { sub, aud, exp, iat, jti } = claims;
  const faults = {
    'sub is missing': typeof sub !== 'string' || sub === '',
    'aud is not this server alone, as a string': !audiences.includes(aud),
    'exp is missing, past, or far away': !Number.isInteger(exp) || exp <= now || exp > now + LONGEST_LIFETIME,
    'iat is missing or in the future': !Number.isInteger(iat) || iat > now,
    'jti is missing or was used before': typeof jti !== 'string' || used.has(jti),
  };
  const fault = Object.keys(faults).find((name) => faults[name]);
  if (fault) throw new DescribedGrantError(fault);
  used.add(jti);
  return claims;
}

function signedClaims(jwt, issuers) {
  try {
    return verify(jwt, issuers[decode(jwt).claims.iss]).claims;
  } catch {
    throw new DescribedGrantError('iss is unknown, or the signature is not of its key');
  }
}

/** The provider keeps the reason of its own InvalidGrant to itself; here it is for the client to read. */
class DescribedGrantError extends InvalidGrant {
  constructor(reason) {
    super(reason);
    this.error_description = reason;
  }
}

const audiences = (ctx) => [ctx.oidc.provider.issuer, ctx.oidc.urlFor('token')];

async function issue(ctx, extra) {
  const { provider, client } = ctx.oidc;
  const token = new provider.ClientCredentials({ client, extra });
  return { access_token: await token.save(), token_type: 'Bearer', expires_in: token.expiration };
}
