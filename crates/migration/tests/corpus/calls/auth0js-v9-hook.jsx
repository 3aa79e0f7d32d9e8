import { useEffect, useState } from 'react';
import auth0 from 'auth0-js';

const authentication = new auth0.Authentication({ domain: 'login.acme.example', clientID: 'dash' });

export function useAwsCredentials(idToken) {
  const [credentials, setCredentials] = useState(null);
  useEffect(() => {
    const options = {
      client_id: 'dash',
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      id_token: idToken,
      api_type: 'aws',
    };
    authentication.delegation(options, (err, result) => {
      if (!err) setCredentials(result.Credentials);
    });
  }, [idToken]);
  return credentials;
}

export function Hint() {
  return <p>Your session isn't refreshed by delegation any more. It's silent now.</p>;
}
