import { ethers } from 'ethers';

export const Delegate = ({ contract, address }) => (
  <button onClick={async () => alert(await contract.delegation(address))}>It's my delegation</button>
);
