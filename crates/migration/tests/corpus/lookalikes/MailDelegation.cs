using Microsoft.Exchange.WebServices.Data;

class MailDelegation
{
    void Grant(ExchangeService service, string user)
    {
        service.AddDelegates(new Mailbox("boss@acme.example"), MeetingRequestsDeliveryScope.DelegatesOnly, new DelegateUser(user));
        var path = "https://mail.acme.example/delegation";
    }
}
