declare namespace auth0 {
  interface IAuthService {
    getDelegationToken(options: DelegationOptions, callback: (error: Error, result: any) => void): void;
    renewIdToken(id_token: string): ng.IPromise<any>;
  }
}
