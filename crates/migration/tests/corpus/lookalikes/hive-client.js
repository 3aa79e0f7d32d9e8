import thrift from 'thrift';

export class HiveSession {
  getDelegationToken(request) {
    return new GetDelegationTokenCommand(this.client).execute(request);
  }
  async prove(owner) {
    return this.client.getDelegationToken({ owner, renewer: 'yarn' });
  }
}
