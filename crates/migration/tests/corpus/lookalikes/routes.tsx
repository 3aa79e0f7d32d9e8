import { Route } from 'react-router-dom';

export const routes = [
  <Route path="/delegation" element={<Delegations />} />,
  <Route path="/delegation/:id" element={<OneDelegation />} />,
];
