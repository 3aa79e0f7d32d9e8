export class Gate {
  constructor(private authContext: AuthenticationContext) {}
  refreshToken() {
    this.authContext._renewIdToken((err, idToken) => this.go(err, idToken));
  }
}
