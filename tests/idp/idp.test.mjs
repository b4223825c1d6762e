// The table of contents: starts the servers, and runs every chapter against them, one test after another.

import { after, before, describe } from 'node:test';

import { assertions } from './chapters/assertions.mjs';
import { bound } from './chapters/bound.mjs';
import { discovery } from './chapters/discovery.mjs';
import { dpop } from './chapters/dpop.mjs';
import { grants } from './chapters/grants.mjs';
import { keys } from './chapters/keys.mjs';
import { methods } from './chapters/methods.mjs';
import { refresh } from './chapters/refresh.mjs';
import { requests } from './chapters/requests.mjs';
import { secrecy } from './chapters/secrecy.mjs';
import { Idp } from './idp.mjs';

const CHAPTERS = [methods, keys, assertions, requests, bound, dpop, discovery, refresh, grants, secrecy];

describe('oauth-token with a real authorization server', () => {
  const idp = new Idp();
  before(() => idp.start());
  after(() => idp.stop());

  CHAPTERS.forEach((chapter) => chapter(idp));
});
