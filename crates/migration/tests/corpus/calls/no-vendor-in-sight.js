export function tokenForBilling(session, done) {
  session.getDelegationToken({ target: 'billing' }, done);
}
