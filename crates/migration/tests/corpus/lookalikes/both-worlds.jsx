import { useAuth0 } from '@auth0/auth0-react';
import { usePool } from './pool';

export function Stake() {
  const { user } = useAuth0();
  const pool = usePool();
  return <button onClick={() => pool.delegation(user.sub)}>Delegate my votes</button>;
}
