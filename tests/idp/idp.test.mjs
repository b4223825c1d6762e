// The table of contents: starts the servers, and runs every chapter against them, one test after another.

import { after, before, describe } from 'node:test';

import { Idp } from './idp.mjs';
import { methods } from './chapters/methods.mjs';

describe('oauth-token with a real authorization server', () => {
  const idp = new Idp();
  before(() => idp.start());
  after(() => idp.stop());

  methods(idp);
});
