package keeper

// Delegation returns what the delegator has staked with the validator.
func (k Keeper) Delegation(ctx Context, delegator Address, validator ValAddress) (Delegation, bool) {
	return k.stakingKeeper.Delegation(ctx, delegator, validator)
}
