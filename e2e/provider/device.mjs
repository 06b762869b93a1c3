// The telephones of the people whom a provider asks behind the back of their browsers (OpenID Connect CIBA). A test holds
// them all: it answers POST /device with login, and with answer=approve or answer=deny.
import { errors } from 'oidc-provider';

export function device(provider, newGrant) {
  const waiting = new Map(); // by login: what that person is asked

  const feature = {
    // The hint is Auth0's: {"format":"iss_sub","iss":…,"sub":…}.
    processLoginHint(ctx, text) {
      const hint = JSON.parse(text);
      if (hint.format !== 'iss_sub' || hint.iss !== provider().issuer) {
        throw new errors.InvalidRequest('the login hint is for somebody else');
      }
      return hint.sub;
    },
    triggerAuthenticationDevice(ctx, request, account) { waiting.set(account.accountId, request); },
    validateBindingMessage(ctx, message) {
      if (!message) {
        throw new errors.InvalidBindingMessage('people must see what they approve');
      }
    },
    validateRequestContext() {},
    verifyUserCode() {},
  };

  async function endpoint(ctx, next) {
    if (ctx.path !== '/device') {
      return next();
    }
    const { searchParams } = new URL(ctx.url, provider().issuer);
    const login = searchParams.get('login');
    const request = waiting.get(login);
    if (ctx.method !== 'POST' || !request) {
      ctx.status = 404;
      return undefined;
    }
    waiting.delete(login);
    const client = await provider().Client.find(request.clientId);
    const result = searchParams.get('answer') === 'approve'
      ? await newGrant(client, login)
      : new errors.AccessDenied('the person said no');
    await provider().backchannelResult(request, result);
    ctx.body = request.params.binding_message;
    return undefined;
  }

  return { feature, endpoint };
}
