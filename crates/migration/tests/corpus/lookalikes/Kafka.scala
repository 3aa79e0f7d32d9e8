import org.apache.kafka.clients.admin.AdminClient

object Kafka {
  def token(admin: AdminClient) = admin.createDelegationToken().delegationToken().get()
  def view(broker: Broker) = broker.getDelegationToken("all")
}
