import { useAuth0 } from '@auth0/auth0-react';
import { Link, Route } from 'react-router-dom';

export function Menu() {
  const { user } = useAuth0();
  return <nav><Link to="/delegation">Who acts for {user.name}</Link></nav>;
}
export const page = <Route path="/delegation" element={<Delegations />} />;
