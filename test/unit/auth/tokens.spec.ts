import { expect } from 'chai';
import { asTitanError } from '../../../src/api/error.ts';
import { createAuthenticator } from '../../../src/auth/authenticate.ts';
import { createOidcVerifier, type OidcSettings } from '../../../src/auth/tokens/oidc.ts';
import { createServiceAccountTokens } from '../../../src/auth/tokens/service-accounts.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import { seededRandom } from '../../../src/runtime/random.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { type Issuer, startIssuer } from '../../support/issuer.ts';

const ISSUER = 'https://titan.dev/domains/dc1';

function aDomain(issuer = ISSUER) {
  const clock = virtualClock();
  const random = seededRandom(1);
  const store = memoryStore({ clock });
  const accounts = new Map([['default/bot', 'uid-1']]);
  const open = () => {
    const tokens = createServiceAccountTokens({ store, clock, random, issuer });
    const uidOf = (_: string, namespace: string, name: string) =>
      accounts.get(`${namespace}/${name}`);
    return { tokens, authenticator: createAuthenticator({ tokens, uidOf }) };
  };
  return { clock, accounts, open, ...open() };
}

const bot = { namespace: 'default', name: 'bot', uid: 'uid-1', seconds: 600 };

async function reasonOf(work: () => Promise<unknown>): Promise<string> {
  return work().then(
    () => 'nothing',
    (thrown) => asTitanError(thrown).reason,
  );
}

describe('service account tokens', () => {
  it('say who it is, to every replica', async () => {
    const { tokens, open } = aDomain();
    const { token } = await tokens.issue({ ...bot, audiences: [ISSUER] });
    const user = await open().authenticator.authenticate({ bearer: token });
    expect(user).to.deep.include({ name: 'system:serviceaccount:default:bot', uid: 'uid-1' });
    expect(user?.groups).to.deep.equal([
      'system:serviceaccounts',
      'system:serviceaccounts:default',
      'system:authenticated',
    ]);
  });

  it('end with their time, and with their account', async () => {
    const { tokens, authenticator, clock, accounts } = aDomain();
    const { token } = await tokens.issue({ ...bot, audiences: [ISSUER] });
    const come = () => reasonOf(async () => authenticator.authenticate({ bearer: token }));
    expect(await come()).to.equal('nothing');
    accounts.set('default/bot', 'uid-2');
    expect(await come()).to.equal('Unauthorized');
    accounts.set('default/bot', 'uid-1');
    await clock.advance(601_000);
    expect(await come()).to.equal('Unauthorized');
  });

  it('end with the secret that they are bound to', async () => {
    const { tokens, authenticator, accounts } = aDomain();
    const bound = { name: 'held', uid: 'uid-9' };
    const { token } = await tokens.issue({ ...bot, audiences: [ISSUER], bound });
    const come = () => reasonOf(async () => authenticator.authenticate({ bearer: token }));
    expect(await come()).to.equal('Unauthorized');
    accounts.set('default/held', 'uid-9');
    expect(await come()).to.equal('nothing');
    accounts.set('default/held', 'uid-10');
    expect(await come()).to.equal('Unauthorized');
  });

  it('are refused when meant for others, changed, signed by others, or no token at all', async () => {
    const { tokens, authenticator } = aDomain();
    const { token } = await tokens.issue({ ...bot, audiences: ['vault'] });
    const { token: good } = await tokens.issue({ ...bot, audiences: [ISSUER] });
    const foreign = await aDomain().tokens.issue({ ...bot, audiences: [ISSUER] });
    const [head = '', payload = '', signature = ''] = good.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const other = Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    const bad = [
      token,
      foreign.token,
      `${head}.${other}.${signature}`,
      `${none}.${payload}.`,
      'x',
      '..',
      'a'.repeat(20_000),
    ];
    for (const bearer of bad) {
      expect(
        await reasonOf(async () => authenticator.authenticate({ bearer })),
        bearer.slice(0, 60),
      ).to.equal('Unauthorized');
    }
    expect(await reasonOf(() => authenticator.review(token, ['vault']))).to.equal('nothing');
  });
});

/** People of an issuer, by their e-mail address. */
function peopleOf(issuer: Issuer): OidcSettings {
  const claims = { usernameClaim: 'email', groupsClaim: 'groups' };
  const prefixes = { usernamePrefix: '', groupsPrefix: '' };
  return { issuer: issuer.url, clientId: 'titan', ...claims, ...prefixes };
}

describe('tokens of an OpenID issuer', () => {
  it('are checked with the keys that it publishes, and give no name of the system', async () => {
    const issuer = await startIssuer();
    const clock = virtualClock();
    const verifier = createOidcVerifier(peopleOf(issuer), clock);
    const sign = (payload: Record<string, unknown>, audience = 'titan') =>
      issuer.token({ ...payload, aud: audience }, clock.now());
    try {
      const user = await verifier.verify(
        await sign({ email: 'ann@x', groups: ['dev', 'system:masters'] }),
      );
      expect(user).to.deep.equal({ name: 'ann@x', groups: ['dev'] });
      for (const token of [
        await sign({ email: 'system:admin' }),
        await sign({ email: 'ann@x', email_verified: false }),
        await sign({}),
        await sign({ email: 'ann@x' }, 'other'),
      ]) {
        expect(await reasonOf(() => verifier.verify(token))).to.equal('Unauthorized');
      }
    } finally {
      await issuer.stop();
    }
  });

  it('wait for an issuer whose keys cannot be had, rather than be refused', async () => {
    const issuer = await startIssuer();
    const clock = virtualClock();
    const verifier = createOidcVerifier(peopleOf(issuer), clock);
    const token = await issuer.token({ email: 'ann@x' }, clock.now());
    const verify = () => verifier.verify(token);
    issuer.hideKeys(true);
    expect(await reasonOf(verify)).to.equal('ServiceUnavailable');
    issuer.hideKeys(false);
    expect((await verify()).name).to.equal('ann@x');
    await issuer.stop();
    const later = createOidcVerifier(peopleOf(issuer), clock);
    expect(await reasonOf(() => later.verify(token))).to.equal('ServiceUnavailable');
  });

  it('are meant for the API, whatever else is asked', async () => {
    const issuer = await startIssuer();
    const { tokens, clock } = aDomain();
    const oidc = createOidcVerifier(peopleOf(issuer), clock);
    const { review } = createAuthenticator({ tokens, oidc, uidOf: () => undefined });
    const token = await issuer.token({ email: 'ann@x' }, clock.now());
    expect((await review(token, [])).name).to.equal('ann@x');
    expect((await review(token, [ISSUER])).name).to.equal('ann@x');
    expect(await reasonOf(() => review(token, ['other']))).to.equal('Unauthorized');
    await issuer.stop();
  });
});
