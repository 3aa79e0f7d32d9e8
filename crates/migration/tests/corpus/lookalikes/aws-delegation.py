import boto3


def register(domain):
    """Sets up DNS delegation and a delegated administrator."""
    organizations = boto3.client("organizations")
    organizations.register_delegated_administrator(AccountId="1", ServicePrincipal="config.amazonaws.com")
    return boto3.client("route53").create_reusable_delegation_set(CallerReference=domain)
