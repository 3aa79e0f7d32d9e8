import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.security.token.Token;

class HdfsTokens {
    Token<?> fetch(Configuration configuration, String renewer) throws IOException {
        FileSystem fs = FileSystem.get(configuration);
        return fs.getDelegationToken(renewer);
    }
}
