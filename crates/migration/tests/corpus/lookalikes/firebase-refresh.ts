import { getAuth } from 'firebase-admin/auth';

export async function session(refreshToken: string) {
  const idToken = await refreshIdToken(refreshToken);
  return getAuth().verifyIdToken(idToken);
}
