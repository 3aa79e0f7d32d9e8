#import <Lock/Lock.h>

@implementation LockSession

- (void)renewWithRefreshToken:(NSString *)refreshToken {
    A0APIClient *client = [[A0Lock sharedLock] apiClient];
    [client fetchNewIdTokenWithRefreshToken:refreshToken parameters:nil success:^(A0Token *token) {
        [self store:token.idToken];
    } failure:^(NSError *error) {
        [self signInAgain];
    }];
}

- (void)mobileServiceToken:(NSString *)idToken {
    A0AuthParameters *parameters = [A0AuthParameters newWithDictionary:@{ @"id_token": idToken, A0ParameterAPIType: @"wams" }];
    [[[A0Lock sharedLock] apiClient] fetchDelegationTokenWithParameters:parameters success:self.onToken failure:self.onError];
}

@end
