import CoreLocation

final class Tracker: NSObject, CLLocationManagerDelegate {
    private let manager = CLLocationManager()
    private lazy var delegation = Delegation(owner: self)

    func start() {
        manager.delegate = self
        delegation.begin()
        follow(delegation(of: manager))
    }
}
