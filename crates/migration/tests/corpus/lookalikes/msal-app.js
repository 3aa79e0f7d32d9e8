import { UserAgentApplication } from 'msal';

const app = new UserAgentApplication({ auth: { clientId: 'x' } });
export const renew = (scopes, resolve, reject) => app.renewIdToken(scopes, resolve, reject);
